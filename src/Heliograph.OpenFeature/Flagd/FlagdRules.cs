// SPDX-License-Identifier: Apache-2.0
using System.Text.Json.Nodes;
using Heliograph.FeatureFlags;

namespace Heliograph.OpenFeature.Flagd;

/// <summary>Conditions of a flag as JsonLogic, and what is lost on the way.</summary>
internal sealed class FlagdRules
{
    private const int WeightsPerPercent = 100; // flagd's shares are whole numbers

    private readonly SortedSet<string> _losses = new(StringComparer.Ordinal);

    /// <summary>What means something else there.</summary>
    public IReadOnlyCollection<string> Losses => _losses;

    /// <summary>Remembers a loss.</summary>
    public void Lose(string what) => _losses.Add(what);

    /// <summary>Whether the flag's filters let it be on.</summary>
    public JsonNode Filters(FeatureFlag flag)
    {
        if (flag.Filters.Count == 0) return true;
        var rules = flag.Filters.Select(Filter).ToArray();
        return rules.Length == 1 ? rules[0] : Call(flag.NeedsAllFilters ? "and" : "or", rules);
    }

    /// <summary>Which variant who has which share gets; the rest gets <paramref name="otherwise"/>.</summary>
    public JsonNode Shares(IReadOnlyList<(string Variant, double From, double To)> shares, string seed, string? otherwise)
    {
        Lose("percentages put users into other shares");
        var buckets = new List<JsonNode> { Call("cat", seed, Var("targetingKey")) };
        var at = 0.0;
        foreach (var (variant, from, to) in shares.OrderBy(one => one.From))
        {
            if (from > at) buckets.Add(Bucket(otherwise, from - at));
            if (to > Math.Max(at, from)) buckets.Add(Bucket(variant, to - Math.Max(at, from)));
            at = Math.Max(at, to);
        }
        if (at < 100) buckets.Add(Bucket(otherwise, 100 - at));
        return Call("fractional", [.. buckets]);
    }

    /// <summary>Whether the user is one of these.</summary>
    public static JsonNode IsUser(IEnumerable<string> names) => Call("in", Var("targetingKey"), Texts(names));

    /// <summary>Whether the user is in one of these groups.</summary>
    public static JsonNode IsInGroup(IEnumerable<string> names) => Call("some", Var("groups"), Call("in", Var(""), Texts(names)));

    /// <summary>The first of these conditions that holds decides.</summary>
    public static JsonNode If(params IEnumerable<JsonNode?> conditionsAndResults) => Call("if", [.. conditionsAndResults]);

    public static JsonObject Call(string operation, params JsonNode?[] operands) => new() { [operation] = new JsonArray(operands) };

    private JsonNode Filter(FlagFilter filter)
    {
        switch (filter)
        {
            case FlagFilter.AlwaysOn: return true;
            case FlagFilter.TimeWindow window: return Window(window);
            case FlagFilter.Targeting targeting: return Targeting(targeting);
            case FlagFilter.Percentage share:
                Lose("a share of evaluations becomes a share of users");
                return Share(share.Percent, "");
            default: throw new System.Diagnostics.UnreachableException($"No rule is written for {filter.GetType().Name}.");
        }
    }

    private JsonNode Targeting(FlagFilter.Targeting targeting)
    {
        var any = new List<JsonNode>();
        if (targeting.Users.Count > 0) any.Add(IsUser(targeting.Users));
        foreach (var (name, percent) in targeting.Groups)
            if (percent > 0) any.Add(percent >= 100 ? IsInGroup([name]) : Call("and", IsInGroup([name]), Share(percent, name)));
        if (targeting.DefaultPercent > 0) any.Add(Share(targeting.DefaultPercent, ""));
        JsonNode passes = any.Count switch { 0 => false, 1 => any[0], _ => Call("or", [.. any]) };
        var all = new List<JsonNode>();
        if (targeting.ExcludedUsers.Count > 0) all.Add(Call("!", IsUser(targeting.ExcludedUsers)));
        if (targeting.ExcludedGroups.Count > 0) all.Add(Call("!", IsInGroup(targeting.ExcludedGroups)));
        return all.Count == 0 ? passes : Call("and", [.. all, passes]);
    }

    private JsonNode Share(double percent, string more) =>
        percent >= 100 ? true
        : percent <= 0 ? false
        : Call("==", FractionalOn(percent, more), "in");

    private JsonObject FractionalOn(double percent, string more)
    {
        Lose("percentages put users into other shares");
        return Call("fractional", Call("cat", Var("$flagd.flagKey"), more, Var("targetingKey")), Bucket("in", percent), Bucket("out", 100 - percent));
    }

    private static JsonArray Bucket(string? name, double percent) => new((JsonNode?)name, (int)Math.Round(percent * WeightsPerPercent));

    /// <summary>A window by the clock of who evaluates. One that comes again is told by how long ago its last beginning was.</summary>
    private static JsonNode Window(FlagFilter.TimeWindow window)
    {
        static JsonNode Now() => Var("$flagd.timestamp");
        var all = new List<JsonNode>();
        if (window.Start is { } start) all.Add(Call(">=", Now(), start.ToUnixTimeSeconds()));
        if (window is not { Recurrence: { } recurrence, Start: { } first, End: { } firstEnd })
        {
            if (window.End is { } end) all.Add(Call("<", Now(), end.ToUnixTimeSeconds()));
        }
        else
        {
            var (period, length) = ((long)recurrence.Period.TotalSeconds, (long)(firstEnd - first).TotalSeconds);
            // A remainder there may be negative: what begins later in the first week is counted from a period before it.
            var days = recurrence.Beginnings(first).Select(begin => begin.ToUnixTimeSeconds() - (begin > first ? period : 0))
                .Select(begin => (JsonNode)Call("<", Call("%", Call("-", Now(), begin), period), length)).ToArray();
            all.Add(days.Length == 1 ? days[0] : Call("or", days));
            if (recurrence.LastBeginning(first) is { } last) all.Add(Call("<", Now(), last.ToUnixTimeSeconds() + length));
        }
        return all.Count == 1 ? all[0] : Call("and", [.. all]);
    }

    private static JsonObject Var(string name) => new() { ["var"] = name };

    private static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(text => JsonValue.Create(text))]);
}
