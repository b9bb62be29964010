// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Text.RegularExpressions;

namespace Heliograph.Cli.Configuration;

/// <summary>How an option of a role is called in its file and in the environment: derived from the option, so that there is one list (docs/reference/configuration.md).</summary>
internal static partial class ConfigurationNames
{
    /// <summary>The option that names the file.</summary>
    public const string FileOption = "--config";

    /// <summary>The roles that are configured so, by the names of their commands.</summary>
    public static IReadOnlyList<string> Roles { get; } = ["origin", "relay", "agent"];

    /// <summary>The member of the file: the option without dashes in front.</summary>
    public static string Member(string option) => option.TrimStart('-');

    /// <summary>The variable: <c>HELIOGRAPH_RELAY_STALE_AFTER</c>.</summary>
    public static string Variable(string role, string option) => Prefix(role) + Member(option).Replace('-', '_').ToUpperInvariant();

    /// <summary>What every variable of a role begins with.</summary>
    public static string Prefix(string role) => $"HELIOGRAPH_{role.ToUpperInvariant()}_";

    /// <summary>The options of a role that a file or a variable may give: its own, the authority and the format of its output.</summary>
    public static IEnumerable<Option> Options(Command command, GlobalOptionsOfRole global) =>
        command.Options.Concat([global.Ca, global.Format]).Where(option => !option.Hidden && option.Name is not ("--help" or "--version"));

    /// <summary>Whether an option may be repeated.</summary>
    public static bool IsList(Option option) => option.ValueType.IsArray;

    /// <summary>Whether an option's value is for nobody's eyes.</summary>
    public static bool IsSecret(string option) => Secret().IsMatch(option);

    /// <summary>Whether a variable is one that Kubernetes sets for a service called <c>heliograph-ROLE</c>: not meant for us, and no mistake.</summary>
    public static bool IsOfKubernetes(string role, string variable) => OfService().IsMatch(variable[Prefix(role).Length..]);

    [GeneratedRegex("token(?!-file)|secret|password|passphrase|enroll")]
    private static partial Regex Secret();

    [GeneratedRegex("^(?:SERVICE_HOST|SERVICE_PORT(?:_.+)?|PORT(?:_[0-9]+_(?:TCP|UDP|SCTP)(?:_(?:ADDR|PORT|PROTO))?)?)$|_(?:SERVICE_HOST|SERVICE_PORT(?:_.+)?|PORT|PORT_[0-9]+_(?:TCP|UDP|SCTP)(?:_(?:ADDR|PORT|PROTO))?)$")]
    private static partial Regex OfService();
}

/// <summary>The options of every command that concern a role.</summary>
internal sealed record GlobalOptionsOfRole(Option Ca, Option Format);
