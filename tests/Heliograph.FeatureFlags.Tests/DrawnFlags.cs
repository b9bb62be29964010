// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text.Json.Nodes;

namespace Heliograph.FeatureFlags.Tests;

/// <summary>Flags, users and times drawn at random: targeting, shares, windows that come again, variants, overrides.</summary>
/// <param name="random">What is drawn from.</param>
/// <param name="alsoOddWeeks">Whether weekly windows may begin on a Sunday, and be counted over weeks that are skipped: the npm library is wrong there and .NET's is not. It takes no Sunday for the first of a weekly window, and counts skipped weeks as two occurrences.</param>
internal sealed class DrawnFlags(Random random, bool alsoOddWeeks)
{
    private static readonly string[] s_names = ["ann", "bob", "cleo", "dan", "eve", "Ü-ser", ""];
    private static readonly string[] s_groups = ["ring-1", "ring-2", "staff"];

    /// <summary>A flag, who asks, and when.</summary>
    public JsonObject Draw(int number)
    {
        var flag = new JsonObject { ["id"] = $"flag-{number % 50}", ["enabled"] = random.Next(8) > 0 };
        var filters = new JsonArray([.. Enumerable.Range(0, random.Next(3)).Select(_ => random.Next(2) == 0 ? Targeting() : Window())]);
        flag["conditions"] = new JsonObject { ["requirement_type"] = random.Next(2) == 0 ? "Any" : "All", ["client_filters"] = filters };
        if (random.Next(3) > 0) AddVariants(flag);
        return new()
        {
            ["flag"] = flag, ["user"] = s_names[random.Next(s_names.Length)], ["groups"] = Some(s_groups),
            ["now"] = new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero).AddMinutes(random.Next(400 * 24 * 60)).ToString("o", CultureInfo.InvariantCulture),
        };
    }

    private void AddVariants(JsonObject flag)
    {
        string[] names = ["small", "big", "huge"];
        string[] overrides = ["None", "Enabled", "Disabled"];
        flag["variants"] = new JsonArray([.. names.Select(name => new JsonObject { ["name"] = name, ["configuration_value"] = name, ["status_override"] = overrides[random.Next(3)] })]);
        var allocation = new JsonObject
        {
            ["user"] = new JsonArray(new JsonObject { ["variant"] = "small", ["users"] = Some(s_names) }),
            ["group"] = new JsonArray(new JsonObject { ["variant"] = "big", ["groups"] = Some(s_groups) }),
            ["percentile"] = new JsonArray(new JsonObject { ["variant"] = "huge", ["from"] = 0, ["to"] = random.Next(60) }, new JsonObject { ["variant"] = "small", ["from"] = 60, ["to"] = random.Next(60, 101) }),
        };
        if (random.Next(2) == 0) allocation["default_when_enabled"] = "big";
        if (random.Next(2) == 0) allocation["default_when_disabled"] = "huge";
        if (random.Next(2) == 0) allocation["seed"] = $"seed-{random.Next(5)}";
        flag["allocation"] = allocation;
    }

    private JsonObject Targeting() => new()
    {
        ["name"] = "Microsoft.Targeting",
        ["parameters"] = new JsonObject
        {
            ["Audience"] = new JsonObject
            {
                ["Users"] = Some(s_names),
                ["Groups"] = new JsonArray([.. s_groups.Where(_ => random.Next(2) == 0).Select(group => new JsonObject { ["Name"] = group, ["RolloutPercentage"] = random.Next(101) })]),
                ["DefaultRolloutPercentage"] = random.Next(101),
                ["Exclusion"] = new JsonObject { ["Users"] = Some(s_names, 6), ["Groups"] = Some(s_groups, 6) },
            },
        },
    };

    private JsonObject Window()
    {
        var start = new DateTimeOffset(2024, 1, 1, random.Next(24), random.Next(60), 0, TimeSpan.Zero).AddDays(random.Next(60));
        var (isWeekly, interval) = ((alsoOddWeeks || start.DayOfWeek != DayOfWeek.Sunday) && random.Next(2) == 0, random.Next(1, 4));
        var days = Enum.GetValues<DayOfWeek>().Where(day => day == start.DayOfWeek || random.Next(3) == 0).ToList();
        var pattern = new JsonObject { ["Type"] = isWeekly ? "Weekly" : "Daily", ["Interval"] = interval };
        if (isWeekly) (pattern["DaysOfWeek"], pattern["FirstDayOfWeek"]) = (new JsonArray([.. days.Select(day => JsonValue.Create($"{day}"))]), $"{(DayOfWeek)random.Next(7)}");
        var range = random.Next(isWeekly && interval > 1 && !alsoOddWeeks ? 2 : 3) switch
        {
            0 => new JsonObject { ["Type"] = "NoEnd" },
            1 => new JsonObject { ["Type"] = "EndDate", ["EndDate"] = start.AddDays(random.Next(200)).ToString("r") },
            _ => new JsonObject { ["Type"] = "Numbered", ["NumberOfOccurrences"] = random.Next(1, 60) },
        };
        var parameters = new JsonObject { ["Start"] = start.ToString("r"), ["End"] = start.AddMinutes(random.Next(1, 24 * 60)).ToString("r") };
        if (random.Next(5) > 0) parameters["Recurrence"] = new JsonObject { ["Pattern"] = pattern, ["Range"] = range };
        else if (random.Next(2) == 0) parameters["End"] = start.AddDays(200).ToString("r");
        return new() { ["name"] = "Microsoft.TimeWindow", ["parameters"] = parameters };
    }

    private JsonArray Some(string[] of, int oneIn = 3) => new([.. of.Where(_ => random.Next(oneIn) == 0).Select(name => JsonValue.Create(name))]);
}
