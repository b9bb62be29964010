// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.CommandLine.Parsing;
using Heliograph.Cli.Terminal;
using Heliograph.Core.Replicas;
using Heliograph.Hosting.Grpc;
using Heliograph.Hosting.Listening;

namespace Heliograph.Cli.Tiers;

/// <summary>The options that tiers share.</summary>
internal static class TierOptions
{
    /// <summary>Where a tier keeps its data.</summary>
    public static Option<string> DataDirectory() => new("--data") { Required = true, HelpName = "DIRECTORY", Description = "Where it keeps its data; made if it is not there." };

    /// <summary>The file of its options.</summary>
    public static Option<string?> Config() => new("--config") { HelpName = "FILE", Description = "JSON file of these options, without dashes: what the command line and the environment (HELIOGRAPH_ROLE_OPTION) leave open." };

    /// <summary>Addresses to listen on.</summary>
    public static Option<Uri[]> Listen(string description) => Listen("--listen", description);

    /// <summary>Addresses to listen on, for a purpose of their own.</summary>
    public static Option<Uri[]> Listen(string name, string description) => new(name) { HelpName = "ADDRESS", CustomParser = result => ParseAddresses(result, ListenFault), DefaultValueFactory = _ => [], Description = description };

    /// <summary>Whether what is no feature flag may be written as one.</summary>
    public static Option<bool> AcceptMalformedFlags(bool otherwise) => new("--accept-malformed-flags") { HelpName = "true|false", DefaultValueFactory = _ => otherwise, Description = $"Take what is no feature flag under the content type of flags, as the service does, or refuse it with the reason. Default: {(otherwise ? "true" : "false")}." };

    /// <summary>The file of OpenID Connect issuers.</summary>
    public static Option<string?> Oidc() => new("--oidc") { HelpName = "FILE", Description = "Take tokens of the OpenID Connect issuers named in this JSON file, for people and pipelines. Default: none." };

    /// <summary>The file of webhooks.</summary>
    public static Option<string?> Webhooks() => new("--webhooks") { HelpName = "FILE", Description = "Send events of stores to the receivers named in this JSON file, as Azure Event Grid does. Default: none." };

    /// <summary>One http or https address.</summary>
    public static Option<Uri?> Web(string name, string description) => new(name)
    {
        HelpName = "URL", Description = description,
        CustomParser = result =>
        {
            if (Uri.TryCreate(result.Tokens[0].Value, UriKind.Absolute, out var address) && address.Scheme is "http" or "https") return address;
            result.AddError($"'{PrintableText.OneLine(result.Tokens[0].Value, 200)}' is no address. Write https://host, or http://127.0.0.1:port.");
            return null;
        },
    };

    /// <summary>Addresses to follow.</summary>
    public static Option<Uri[]> Parents() => new("--parent")
    {
        Required = true, HelpName = "ADDRESS", CustomParser = result => ParseAddresses(result, ParentDialer.Fault),
        Description = "Where to follow: tls://host:port, or grpc://host:port where only HTTP/2 passes; on this machine also tcp://127.0.0.1:port, grpc+tcp://127.0.0.1:port and unix:///path. Repeat it: give at least two.",
    };

    /// <summary>Addresses that could be followed.</summary>
    public static Option<Uri[]> ParentsToTry() => new("--parent") { HelpName = "ADDRESS", CustomParser = result => ParseAddresses(result, ParentDialer.Fault), DefaultValueFactory = _ => [], Description = "A parent that a tier here is to follow: is it reached, and does it take us? May be repeated. Needs --trust." };

    /// <summary>Whether one parent is enough.</summary>
    public static Option<bool> SingleParent() => new("--single-parent") { Description = "One --parent is meant: do not warn of it." };

    /// <summary>The trust file.</summary>
    public static Option<string> Trust() => new("--trust") { Required = true, HelpName = "FILE", Description = "Trust file that pins the realm's head keys ('helio trust show', brought here by a trusted way)." };

    /// <summary>The tier's id.</summary>
    public static Option<string> Id() => new("--id") { HelpName = "NAME", DefaultValueFactory = _ => Environment.MachineName.ToLowerInvariant(), Description = "Name of this process in the fleet, unique. Default: the machine's." };

    /// <summary>How long a connection under TLS may live.</summary>
    public static Option<TimeSpan> ConnectionAge() => new("--connection-age") { HelpName = "DURATION", CustomParser = Duration.Parse, DefaultValueFactory = _ => TimeSpan.FromHours(12), Description = "Longest life of a peer's connection under TLS, 1s to 30d; it ends earlier with the peer's certificate. Default: 12h." };

    /// <summary>Adds it, with its bounds.</summary>
    public static void AddConnectionAge(Command command, Option<TimeSpan> option)
    {
        command.Add(option);
        command.Validators.Add(result =>
        {
            if (result.ValueOrDefault(option) is var age && (age < TimeSpan.FromSeconds(1) || age > TimeSpan.FromDays(30))) result.AddError("--connection-age is 1s to 30d.");
        });
    }

    /// <summary>How long without a fresh head is stale.</summary>
    public static Option<TimeSpan> StaleAfter() => new("--stale-after") { HelpName = "DURATION", CustomParser = Duration.Parse, DefaultValueFactory = _ => TimeSpan.FromSeconds(30), Description = "Without a fresh head for so long it is stale, says so, and tries another parent. Default: 30s." };

    /// <summary>A number of things at once.</summary>
    public static Option<int> Bounded(string name, int usual, string description) => new(name) { HelpName = "N", DefaultValueFactory = _ => usual, Description = description };

    /// <summary>Adds it, with its bounds: 1 to <paramref name="max"/>.</summary>
    public static void AddBounded(Command command, Option<int> option, int max)
    {
        command.Add(option);
        command.Validators.Add(result =>
        {
            if (result.ValueOrDefault(option) is var number && (number < 1 || number > max)) result.AddError(FormattableString.Invariant($"{option.Name} is 1 to {max:#,0}."));
        });
    }

    /// <summary>A name of where the tier is.</summary>
    public static Option<string?> Place(string name, string description) => new(name) { HelpName = "NAME", Description = description };

    /// <summary>Namespaces that are followed always.</summary>
    public static Option<NamespacePattern[]> Subscribe() => new("--subscribe") { HelpName = "NAMESPACE", CustomParser = ParsePatterns, DefaultValueFactory = _ => [], Description = "Follow this namespace, all under a prefix (payments.*) or of the realm (*) even if nobody asks; may be repeated." };

    private static NamespacePattern[] ParsePatterns(ArgumentResult result)
    {
        var patterns = new List<NamespacePattern>();
        foreach (var token in result.Tokens)
        {
            if (NamespacePattern.TryParse(token.Value, out var pattern, out var error)) patterns.Add(pattern);
            else result.AddError($"'{PrintableText.OneLine(token.Value, 200)}' cannot be followed: {error}");
        }
        return [.. patterns];
    }

    private static string? ListenFault(Uri address) => ListenEndpoint.TryParse(address.OriginalString, out _, out var fault) ? null : fault.TrimEnd('.');

    private static Uri[] ParseAddresses(ArgumentResult result, Func<Uri, string?> faultOf)
    {
        var addresses = new List<Uri>();
        foreach (var token in result.Tokens)
        {
            var fault = Uri.TryCreate(token.Value, UriKind.Absolute, out var address) ? faultOf(address) : "write it as scheme://host:port or unix:///path";
            if (fault is null) addresses.Add(address!);
            else result.AddError($"'{PrintableText.OneLine(token.Value, 200)}' is no address for {result.Argument.Name}: {PrintableText.OneLine(fault, 400)}.");
        }
        return [.. addresses];
    }
}

/// <summary>The certificate files of a tier, as options; the authority is the global <c>--ca</c>.</summary>
internal sealed class TlsOptions
{
    private readonly Option<string?> _certificate = new("--cert") { HelpName = "FILE", Description = "PEM file: its certificate ('helio certs issue')." };
    private readonly Option<string?> _key = new("--key") { HelpName = "FILE", Description = "PEM file: its private key." };

    /// <summary>Adds them to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_certificate);
        command.Add(_key);
        command.Validators.Add(result =>
        {
            if (result.GetValue(_certificate) is null != result.GetValue(_key) is null) result.AddError("--cert and --key go together.");
        });
    }

    /// <summary>What was given.</summary>
    public TlsFiles Files(Invocation run) => new(run.Value(_certificate), run.Value(_key), run.AuthorityFile);
}
