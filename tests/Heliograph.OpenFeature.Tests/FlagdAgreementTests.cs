// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Heliograph.Core.Merkle;
using Heliograph.Core.State;
using Heliograph.FeatureFlags;
using Heliograph.FeatureFlags.Evaluation;
using Heliograph.OpenFeature.Flagd;
using Heliograph.OpenFeature.Flags;

namespace Heliograph.OpenFeature.Tests;

/// <summary>What translates without loss comes out the same in flagd's own engine: users, groups, exclusions, time windows that come again.</summary>
[Collection(nameof(NodeClients))]
public sealed class FlagdAgreementTests(NodeClients clients)
{
    private const int Flags = 400, CasesPerFlag = 10;
    private static readonly string[] s_users = ["ann", "bob", "cleo"], s_groups = ["ring-1", "staff"];

    [Fact]
    public async Task Flags_without_percentages_are_the_same_for_flagd()
    {
        clients.Require();
        var random = new Random(8_015);
        var flags = Enumerable.Range(0, Flags).Select(i => Draw(random, $"flag-{i}")).ToList();
        var document = FlagdDocument.Of(SetOf(flags), RunningFlags.Store);
        Assert.Empty(document.Losses);
        var cases = new JsonArray([.. Enumerable.Range(0, Flags * CasesPerFlag).Select(i => new JsonObject
        {
            ["flag"] = $"flag-{i / CasesPerFlag}", ["user"] = s_users[random.Next(3)], ["groups"] = new JsonArray([.. s_groups.Where(_ => random.Next(2) == 0).Select(group => JsonValue.Create(group))]),
            ["now"] = new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero).AddMinutes(random.Next(200 * 24 * 60)).ToString("o", CultureInfo.InvariantCulture),
        })]);
        var theirs = JsonNode.Parse(await RunAsync(clients.Directory, new JsonObject { ["document"] = document.Text, ["cases"] = cases.DeepClone() }.ToJsonString()))!.AsArray();
        var evaluator = new FlagEvaluator(() => 0.5);
        var on = 0;
        for (var i = 0; i < cases.Count; i++)
        {
            Assert.True(FlagReader.TryRead(flags[i / CasesPerFlag].ToJsonString(), out var flag, out var faults), string.Join("; ", faults));
            var context = new FlagContext((string)cases[i]!["user"]!, [.. cases[i]!["groups"]!.AsArray().Select(group => (string)group!)]);
            var here = evaluator.Evaluate(flag, context, DateTimeOffset.Parse((string)cases[i]!["now"]!, CultureInfo.InvariantCulture)).IsEnabled;
            Assert.True(here == (bool?)theirs[i], $"Here: {here}, flagd: {theirs[i]}; {flags[i / CasesPerFlag].ToJsonString()} {cases[i]!.ToJsonString()}");
            on += here ? 1 : 0;
        }
        Assert.InRange(on, cases.Count / 5, 4 * cases.Count / 5);
    }

    private static JsonObject Draw(Random random, string id)
    {
        var filters = Enumerable.Range(0, random.Next(1, 4)).Select(_ => random.Next(3) == 0 ? Targeting(random) : Window(random)).ToArray();
        return new() { ["id"] = id, ["enabled"] = random.Next(10) > 0, ["conditions"] = new JsonObject { ["requirement_type"] = random.Next(3) == 0 ? "All" : "Any", ["client_filters"] = new JsonArray(filters) } };
    }

    private static JsonObject Targeting(Random random) => new()
    {
        ["name"] = "Microsoft.Targeting",
        ["parameters"] = new JsonObject
        {
            ["Audience"] = new JsonObject
            {
                ["Users"] = Some(random, s_users), ["Groups"] = new JsonArray([.. s_groups.Select(group => new JsonObject { ["Name"] = group, ["RolloutPercentage"] = 100 * random.Next(2) })]),
                ["DefaultRolloutPercentage"] = random.Next(4) == 0 ? 100 : 0, ["Exclusion"] = new JsonObject { ["Users"] = Some(random, s_users), ["Groups"] = Some(random, s_groups) },
            },
        },
    };

    private static JsonObject Window(Random random)
    {
        var start = new DateTimeOffset(2024, 1, 1, random.Next(24), random.Next(60), 0, TimeSpan.FromHours(random.Next(-5, 9))).AddDays(random.Next(40));
        var isWeekly = random.Next(2) == 0;
        var pattern = new JsonObject { ["Type"] = isWeekly ? "Weekly" : "Daily", ["Interval"] = random.Next(1, 4) };
        if (isWeekly) (pattern["DaysOfWeek"], pattern["FirstDayOfWeek"]) = (new JsonArray([.. Enum.GetValues<DayOfWeek>().Where(day => day == start.DayOfWeek || random.Next(3) == 0).Select(day => JsonValue.Create($"{day}"))]), $"{(DayOfWeek)random.Next(7)}");
        var range = random.Next(3) switch
        {
            0 => new JsonObject { ["Type"] = "NoEnd" },
            1 => new JsonObject { ["Type"] = "EndDate", ["EndDate"] = start.AddDays(random.Next(150)).AddMinutes(random.Next(1_000)).ToString("o", CultureInfo.InvariantCulture) },
            _ => new JsonObject { ["Type"] = "Numbered", ["NumberOfOccurrences"] = random.Next(1, 60) },
        };
        var parameters = new JsonObject { ["Start"] = start.ToString("o", CultureInfo.InvariantCulture), ["End"] = start.AddMinutes(random.Next(600, 24 * 60)).ToString("o", CultureInfo.InvariantCulture) };
        if (random.Next(6) > 0) parameters["Recurrence"] = new JsonObject { ["Pattern"] = pattern, ["Range"] = range };
        return new() { ["name"] = "Microsoft.TimeWindow", ["parameters"] = parameters };
    }

    private static JsonArray Some(Random random, string[] of) => new([.. of.Where(_ => random.Next(4) == 0).Select(name => JsonValue.Create(name))]);

    private static FlagSet SetOf(IEnumerable<JsonObject> flags)
    {
        var records = MerkleMap.Empty;
        foreach (var flag in flags)
        {
            var setting = Setting.Of(FeatureFlag.KeyPrefix + flag["id"], flag.ToJsonString(), contentType: FeatureFlag.MediaType);
            records = records.Set(SettingRecord.KeyOf(setting.Key), SettingRecord.ValueOf(setting));
        }
        return FlagSet.Of(records, new Revision(1, 1), DateTimeOffset.UnixEpoch, null, null);
    }

    private static async Task<string> RunAsync(string directory, string input)
    {
        using var node = Process.Start(new ProcessStartInfo("node", ["evaluate.js"]) { WorkingDirectory = directory, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (output, errors) = (node.StandardOutput.ReadToEndAsync(RunningFlags.Cancel), node.StandardError.ReadToEndAsync(RunningFlags.Cancel));
        await node.StandardInput.WriteAsync(input);
        node.StandardInput.Close();
        await node.WaitForExitAsync(RunningFlags.Cancel).WaitAsync(TimeSpan.FromMinutes(2));
        return node.ExitCode == 0 ? await output : throw new InvalidOperationException(await errors);
    }
}
