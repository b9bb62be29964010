// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using Heliograph.Chaos.Faults;
using Heliograph.EndToEnd;
using Xunit;

namespace Heliograph.Chaos;

/// <summary>Every file that an origin and a relay keep, damaged at rest: they give the same answer, or less, or refuse and say why; never another answer.</summary>
public sealed class DamagedFileTests(ITestOutputHelper output)
{
    private const string Namespace = "shop.cart";

    private static readonly int s_rounds = Environment.GetEnvironmentVariable("HELIOGRAPH_NIGHTLY") == "1" ? 5 : 1;

    private readonly Dictionary<string, int> _outcomes = new(StringComparer.Ordinal);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_origin_gives_the_same_answer_or_refuses()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("HELIOGRAPH_NIGHTLY") == "1", "It starts an origin for every damaged file, and no run of it has been recorded yet: HELIOGRAPH_NIGHTLY=1.");
        await using var fleet = await new RealFleet().StartOriginAsync();
        await fleet.CreateAsync(Namespace);
        for (var i = 0; i < 30; i++) await fleet.PutAsync(Namespace, $"key-{i % 7}", new string((char)('a' + (i % 26)), 500));
        var truth = await AnswerAsync(fleet);
        await KillAsync(fleet.Origin);

        await SweepAsync(fleet, "origin", async what =>
        {
            try
            {
                await fleet.StartOriginAsync();
            }
            catch (InvalidOperationException refusal)
            {
                Assert.True(refusal.Message.Length > 60, $"{what}: it refuses and does not say why: {refusal.Message}");
                return "refused";
            }
            var isReadOnly = (string?)(await fleet.GetAsync("/readyz"))["readOnly"] is not null;
            var (settings, history) = ("", new List<string>());
            try
            {
                (settings, history) = await AnswerAsync(fleet);
            }
            catch (Xunit.Sdk.XunitException refusal) when (isReadOnly && refusal.Message.Contains("unauthenticated", StringComparison.Ordinal))
            {
                return "nothing, read-only"; // of an empty log no token is known; the high-water mark tells that it was not always empty
            }
            finally
            {
                await KillAsync(fleet.Origin);
            }
            if (settings == truth.Settings && history.SequenceEqual(truth.History)) return isReadOnly ? "the same, read-only" : "the same";
            // SQLite drops the end of a damaged write-ahead log without a word; the high-water mark does not.
            Assert.True(isReadOnly, $"{what}: another answer, and it takes changes.");
            Assert.Equal(truth.History.TakeLast(history.Count), history); // newest first
            return "an earlier revision, read-only";
        });
    }

    [Fact]
    public async Task A_relay_that_nobody_can_help_shows_what_was_there_or_nothing()
    {
        await using var fleet = await new RealFleet().StartOriginAsync();
        await fleet.CreateAsync(Namespace);
        var known = new List<string>();
        var (relay, _) = await fleet.StartRelayAsync("relay-1", "eu", [fleet.OriginAddress], "--single-parent", "--subscribe", Namespace);
        for (var i = 0; i < 12; i++)
        {
            var revision = await fleet.PutAsync(Namespace, $"key-{i % 7}", new string((char)('a' + i), 500));
            known.Add($"{revision} {(string)(await fleet.GetAsync($"/api/v1/namespaces/{Namespace}"))["stateRoot"]!}");
            await RealFleet.EventuallyAsync(async () => await fleet.HeldAsync("relay-1", Namespace) == revision, () => $"the relay holds {revision}");
        }
        await KillAsync(fleet.Origin);
        await KillAsync(relay);

        await SweepAsync(fleet, "relay-1", async what =>
        {
            HelioProcess started;
            try
            {
                (started, _) = await fleet.StartRelayAsync("relay-1", "eu", [fleet.OriginAddress], "--single-parent", "--subscribe", Namespace);
            }
            catch (InvalidOperationException refusal)
            {
                Assert.Fail($"{what}: one damaged file keeps a relay from starting: {refusal.Message}"); // I6: it has other generations, and a parent to ask
                throw;
            }
            var held = (await fleet.ReplicaAsync("relay-1"))!["namespaces"]!.AsArray().Where(it => (string)it!["namespace"]! == Namespace).Select(it => $"{(string)it!["revision"]!} {(string)it["stateRoot"]!}").ToList();
            Assert.All(held, it => Assert.True(known.Contains(it), $"{what}: it shows {it}, which never was."));
            await KillAsync(started);
            return held.Count == 0 ? "nothing" : held[0] == known[^1] ? "the same" : "an earlier revision";
        });
        Assert.True(_outcomes.GetValueOrDefault("the same") > 0, "No start showed anything: this proves nothing.");
    }

    /// <summary>What the origin answers of the namespace, and of its history.</summary>
    private static async Task<(string Settings, List<string> History)> AnswerAsync(RealFleet fleet)
    {
        var (settings, history) = (await fleet.GetAsync($"/api/v1/namespaces/{Namespace}/settings?limit=1000"), await fleet.GetAsync($"/api/v1/namespaces/{Namespace}/history?limit=1000"));
        return (settings["stateRoot"]!.ToJsonString() + settings["items"]!.ToJsonString(), [.. history["items"]!.AsArray().Select(item => (string)item!["entryHash"]!)]);
    }

    /// <summary>One file after the other, in one way after the other, always beginning from what was whole.</summary>
    private async Task SweepAsync(RealFleet fleet, string tier, Func<string, Task<string>> startAsync)
    {
        var (data, whole, damaged) = (fleet.PathOf(tier), fleet.PathOf(tier + ".whole"), 0);
        await CopyAsync(data, whole);
        for (var round = 0; round < s_rounds; round++)
        {
            var random = new Random(round);
            foreach (var (file, i) in Damage.FilesOf(whole).Select((file, i) => (Path.GetRelativePath(whole, file), i)))
                foreach (var kind in s_rounds > 1 ? Damage.Kinds : [Damage.Kinds[i % Damage.Kinds.Count]])
                {
                    Directory.Delete(data, recursive: true);
                    await CopyAsync(whole, data);
                    var what = $"{tier}, {file}: {Damage.Do(Path.Combine(data, file), kind, random)}, round {round}";
                    var outcome = await startAsync(what);
                    output.WriteLine($"{what}: {outcome}");
                    _outcomes[outcome] = _outcomes.GetValueOrDefault(outcome) + 1;
                    damaged++;
                    Cancel.ThrowIfCancellationRequested();
                }
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"damaged files of {tier}: {damaged}; {string.Join(", ", _outcomes.OrderBy(it => it.Key, StringComparer.Ordinal).Select(it => $"{it.Key} {it.Value}"))}"));
    }

    private static Task CopyAsync(string from, string to) => Shell.RunAsync("cp", "-a", from, to); // with modes and owners

    private static async Task KillAsync(HelioProcess process)
    {
        await process.SignalAsync("KILL");
        await process.WaitAsync(TimeSpan.FromSeconds(30), CancellationToken.None);
    }
}
