// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.FeatureFlags.Evaluation;

/// <summary>For whom a flag is evaluated.</summary>
/// <param name="User">The user; <see langword="null"/>: nobody in particular.</param>
/// <param name="Groups">The groups that the user is in.</param>
public sealed record FlagContext(string? User, IReadOnlyList<string> Groups)
{
    /// <summary>Nobody in particular.</summary>
    public static FlagContext Nobody { get; } = new(null, []);
}

/// <summary>Why a flag came out as it did.</summary>
public enum FlagReason
{
    /// <summary>It is the same for everyone.</summary>
    Static,

    /// <summary>It is switched off.</summary>
    Disabled,

    /// <summary>A rule names the user, a group or this time.</summary>
    TargetingMatch,

    /// <summary>The user falls into a share.</summary>
    Split,

    /// <summary>No rule applies.</summary>
    Default,
}

/// <summary>How a flag came out.</summary>
/// <param name="IsEnabled">On or off.</param>
/// <param name="Variant">The variant, if one was chosen.</param>
/// <param name="Reason">Why.</param>
public sealed record FlagResult(bool IsEnabled, FlagVariant? Variant, FlagReason Reason);

/// <summary>A flag has a condition that cannot be evaluated here.</summary>
/// <param name="filter">The filter's name.</param>
public sealed class UnknownFilterException(string filter) : Exception($"The filter '{filter}' is not known here.");
