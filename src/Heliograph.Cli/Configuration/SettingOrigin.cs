// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Cli.Configuration;

/// <summary>Which of the ways gave a role a value. In the order in which they win.</summary>
internal enum SettingOrigin
{
    /// <summary>An option on the command line.</summary>
    Flag,

    /// <summary>A variable of the environment.</summary>
    Environment,

    /// <summary>The role's file.</summary>
    File,

    /// <summary>Nobody said anything.</summary>
    Default,
}

/// <summary>What one of the ways says of an option.</summary>
/// <param name="Option">The option's name, with its dashes.</param>
/// <param name="Values">What was written, as on the command line; several for an option that may be repeated.</param>
/// <param name="Origin">Which way.</param>
/// <param name="Where">The variable, or the file and line; empty for the command line and defaults.</param>
internal sealed record GivenSetting(string Option, IReadOnlyList<string> Values, SettingOrigin Origin, string Where);
