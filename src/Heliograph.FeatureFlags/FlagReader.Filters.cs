// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using Heliograph.FeatureFlags.Evaluation;

namespace Heliograph.FeatureFlags;

/// <content>The filters that are known, and how a window comes again.</content>
public sealed partial class FlagReader
{
    private FlagFilter Filter(JsonElement item, string where)
    {
        var name = Required(item, "name", $"{where}.name");
        var parameters = Object(item, "parameters", $"{where}.parameters") ?? default;
        where = $"{where}.parameters";
        var known = name.StartsWith("Microsoft.", StringComparison.OrdinalIgnoreCase) ? name["Microsoft.".Length..] : name;
        if (known.EndsWith("Filter", StringComparison.OrdinalIgnoreCase)) known = known[..^"Filter".Length];
        return known.ToUpperInvariant() switch
        {
            "ALWAYSON" or "ON" => new FlagFilter.AlwaysOn(),
            "PERCENTAGE" => new FlagFilter.Percentage(Percent(parameters, "Value", $"{where}.Value")),
            "TIMEWINDOW" => TimeWindow(parameters, where),
            "TARGETING" => Targeting(parameters, where),
            _ => new FlagFilter.Unknown(name),
        };
    }

    private FlagFilter.Targeting Targeting(JsonElement parameters, string where)
    {
        where = $"{where}.Audience";
        if (Member(parameters, "Audience") is not { ValueKind: JsonValueKind.Object } audience)
        {
            Fault(where, "an object is expected");
            return new([], [], 0, [], []);
        }
        var exclusion = Object(audience, "Exclusion", $"{where}.Exclusion") ?? default;
        return new(
            Texts(audience, "Users", $"{where}.Users"),
            [.. Items(audience, "Groups", $"{where}.Groups").Select(one => (Required(one.Item, "Name", $"{one.Where}.Name"), Percent(one.Item, "RolloutPercentage", $"{one.Where}.RolloutPercentage", 0)))],
            Percent(audience, "DefaultRolloutPercentage", $"{where}.DefaultRolloutPercentage", 0),
            Texts(exclusion, "Users", $"{where}.Exclusion.Users"), Texts(exclusion, "Groups", $"{where}.Exclusion.Groups"));
    }

    private FlagFilter.TimeWindow TimeWindow(JsonElement parameters, string where)
    {
        var (start, end) = (Date(parameters, "Start", $"{where}.Start"), Date(parameters, "End", $"{where}.End"));
        if (Member(parameters, "Start") is null && Member(parameters, "End") is null) Fault(where, "Start, End or both are expected");
        if (Object(parameters, "Recurrence", $"{where}.Recurrence") is not { } item) return new(start, end, null);
        where = $"{where}.Recurrence";
        var recurrence = Recurrence(item, where);
        if (start is null || end is null) Fault(where, "needs Start and End");
        else if (end <= start) Fault(where, "End must be after Start");
        else if (end - start > TimeSpan.FromDays(3_650)) Fault(where, "a window lasts at most ten years");
        else if (recurrence.Fault(start.Value, end.Value - start.Value) is { } fault) Fault(where, fault);
        return new(start, end, recurrence);
    }

    private Recurrence Recurrence(JsonElement item, string where)
    {
        var (pattern, range) = (Object(item, "Pattern", $"{where}.Pattern"), Object(item, "Range", $"{where}.Range"));
        if (pattern is null) Fault($"{where}.Pattern", "an object is expected");
        if (range is null) Fault($"{where}.Range", "an object is expected");
        var type = pattern is { } some ? OneOf(some, "Type", $"{where}.Pattern.Type", ["Daily", "Weekly"], isRequired: true) : null;
        var days = type == "Weekly" ? Texts(pattern!.Value, "DaysOfWeek", $"{where}.Pattern.DaysOfWeek").Select(day => Day(day, $"{where}.Pattern.DaysOfWeek")).ToList() : [];
        if (type == "Weekly" && days.Count == 0) Fault($"{where}.Pattern.DaysOfWeek", "at least one day is expected");
        var until = range is { } limits ? OneOf(limits, "Type", $"{where}.Range.Type", ["NoEnd", "EndDate", "Numbered"], isRequired: true) : null;
        return new()
        {
            Interval = (int)Whole(pattern, "Interval", $"{where}.Pattern.Interval"),
            Days = days,
            FirstDayOfWeek = pattern is { } weeks && Text(weeks, "FirstDayOfWeek", $"{where}.Pattern.FirstDayOfWeek") is { } first ? Day(first, $"{where}.Pattern.FirstDayOfWeek") : DayOfWeek.Sunday,
            EndDate = until == "EndDate" ? Date(range!.Value, "EndDate", $"{where}.Range.EndDate") : null,
            Occurrences = until == "Numbered" && Member(range!.Value, "NumberOfOccurrences") is not null ? Whole(range, "NumberOfOccurrences", $"{where}.Range.NumberOfOccurrences") : null,
        };
    }

    private DayOfWeek Day(string text, string where)
    {
        if (Enum.TryParse<DayOfWeek>(text, ignoreCase: true, out var day) && !char.IsAsciiDigit(text[0])) return day;
        Fault(where, $"'{text}' is no day of the week");
        return default;
    }
}
