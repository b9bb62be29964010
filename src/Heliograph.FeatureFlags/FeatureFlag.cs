// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;

namespace Heliograph.FeatureFlags;

/// <summary>A feature flag as it is authored: schema 2.0.0 of microsoft/FeatureManagement. Immutable.</summary>
/// <param name="Id">Its name; without <c>:</c>, <c>%</c> and line breaks.</param>
public sealed record FeatureFlag(string Id)
{
    /// <summary>Beginning of the keys of settings that hold flags; the name follows.</summary>
    public const string KeyPrefix = ".appconfig.featureflag/";

    /// <summary>Media type of such settings, without parameters.</summary>
    public const string MediaType = "application/vnd.microsoft.appconfig.ff+json";

    /// <summary>Whether it is on at all. Default off.</summary>
    public bool IsEnabled { get; init; }

    /// <summary>Whether every filter must pass, instead of any.</summary>
    public bool NeedsAllFilters { get; init; }

    /// <summary>Conditions for being on; none: it is on whenever it is enabled.</summary>
    public IReadOnlyList<FlagFilter> Filters { get; init; } = [];

    /// <summary>What it may be beyond on and off.</summary>
    public IReadOnlyList<FlagVariant> Variants { get; init; } = [];

    /// <summary>Who gets which variant; <see langword="null"/>: nobody gets one.</summary>
    public FlagAllocation? Allocation { get; init; }

    /// <summary>Texts that ride along, for whoever counts evaluations.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    /// <summary>Whether a setting holds a flag, by its content type.</summary>
    public static bool IsMediaType(string? contentType) =>
        contentType is not null && contentType.AsSpan().TrimStart().StartsWith(MediaType, StringComparison.OrdinalIgnoreCase)
        && contentType.AsSpan().TrimStart()[MediaType.Length..].TrimStart() is [] or [';', ..];
}

/// <summary>What overrides whether a flag is on when a variant is chosen.</summary>
public enum StatusOverride
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>It is on.</summary>
    Enabled,

    /// <summary>It is off.</summary>
    Disabled,
}

/// <summary>One of a flag's variants.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">What the application is given; <see langword="null"/>: nothing.</param>
/// <param name="Override">Whether having it turns the flag on or off.</param>
public sealed record FlagVariant(string Name, JsonElement? Value, StatusOverride Override);

/// <summary>Who gets which variant: users first, then groups, then shares, then the default.</summary>
public sealed record FlagAllocation
{
    /// <summary>Variant while the flag is off.</summary>
    public string? DefaultWhenDisabled { get; init; }

    /// <summary>Variant for whom nothing else chooses one.</summary>
    public string? DefaultWhenEnabled { get; init; }

    /// <summary>Variants of named users; the first that names one counts.</summary>
    public IReadOnlyList<(string Variant, IReadOnlyList<string> Names)> Users { get; init; } = [];

    /// <summary>Variants of groups.</summary>
    public IReadOnlyList<(string Variant, IReadOnlyList<string> Names)> Groups { get; init; } = [];

    /// <summary>Variants of shares of all users, in percent: from inclusive, to exclusive, but for 100.</summary>
    public IReadOnlyList<(string Variant, double From, double To)> Percentiles { get; init; } = [];

    /// <summary>What shuffles the shares; <see langword="null"/>: the flag's own name.</summary>
    public string? Seed { get; init; }
}

/// <summary>A condition for being on.</summary>
public abstract record FlagFilter
{
    private FlagFilter() { } // closed: the evaluator knows each

    /// <summary>Always passes.</summary>
    public sealed record AlwaysOn : FlagFilter;

    /// <summary>Passes for a share of all evaluations, drawn anew each time.</summary>
    /// <param name="Percent">0 to 100.</param>
    public sealed record Percentage(double Percent) : FlagFilter;

    /// <summary>Passes between two instants, once or again and again.</summary>
    public sealed record TimeWindow(DateTimeOffset? Start, DateTimeOffset? End, Evaluation.Recurrence? Recurrence) : FlagFilter;

    /// <summary>Passes for users, for shares of groups, and for a share of everyone.</summary>
    public sealed record Targeting(IReadOnlyList<string> Users, IReadOnlyList<(string Name, double Percent)> Groups, double DefaultPercent, IReadOnlyList<string> ExcludedUsers, IReadOnlyList<string> ExcludedGroups) : FlagFilter;

    /// <summary>A filter of the application's own: it cannot be evaluated anywhere else.</summary>
    /// <param name="Name">Its name.</param>
    public sealed record Unknown(string Name) : FlagFilter;
}
