// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using Heliograph.Chaos.Checker.Histories;
using Heliograph.Chaos.Checker.Invariants;
using Heliograph.Chaos.Recording;
using Heliograph.Chaos.Rigs;
using Heliograph.Storage.Etcd.Tests.Support;
using Xunit;

namespace Heliograph.Chaos;

/// <summary>The campaign: short in <c>./test</c>, long with <c>HELIOGRAPH_NIGHTLY=1</c>; <c>HELIOGRAPH_CHAOS_SECONDS</c> and <c>HELIOGRAPH_CHAOS_SEED</c> say how long and which, <c>HELIOGRAPH_CHAOS_FAULTS</c> names the only faults to strike.</summary>
public sealed class CampaignTests(ITestOutputHelper output)
{
    [Fact]
    public Task An_origin_over_SQLite_keeps_every_promise_whatever_goes_wrong() => FightAsync(new FileRig(), shortSeconds: 35);

    [Fact]
    public Task Origins_over_etcd_keep_every_promise_whatever_goes_wrong()
    {
        EtcdProcess.Need();
        return FightAsync(new EtcdRig(), shortSeconds: 35);
    }

    private async Task FightAsync(IRig rig, int shortSeconds)
    {
        var seconds = Number("HELIOGRAPH_CHAOS_SECONDS") ?? (Environment.GetEnvironmentVariable("HELIOGRAPH_NIGHTLY") == "1" ? 1_800 : shortSeconds);
        var seed = Number("HELIOGRAPH_CHAOS_SEED") ?? (Environment.GetEnvironmentVariable("HELIOGRAPH_NIGHTLY") == "1" ? Environment.TickCount & 0xFFFFFF : 1);
        var only = (Environment.GetEnvironmentVariable("HELIOGRAPH_CHAOS_FAULTS") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var history = Path.GetTempFileName();
        try
        {
            using var recorder = new Recorder(history); // until the rig is gone: what watches it writes to the last
            await using var running = rig;
            var result = await new Campaign(rig, seed, TimeSpan.FromSeconds(seconds), only, output.WriteLine).RunAsync(recorder, TestContext.Current.CancellationToken);
            Report(result, seed);
            if (result.Verdict.Violations.Count > 0) Assert.Fail(string.Create(CultureInfo.InvariantCulture, $"{rig.Name}, seed {seed}: {result.Verdict.Violations.Count} promises are broken, the first: {string.Join('\n', result.Verdict.Violations.Take(20))}\nThe history: {Kept(history)}"));
            AssertNotBlind(result.Evidence);
            if (rig is EtcdRig) Assert.NotEmpty(result.Evidence.History.OfType<Term>()); // else I12 was judged on nothing
            Assert.True(result.Verdict.Operations > 200, "Too little was asked to mean anything.");
        }
        finally
        {
            File.Delete(history);
        }
    }

    /// <summary>The same evidence with one thing wrong must not pass: else this run has shown nothing.</summary>
    private static void AssertNotBlind(Evidence evidence)
    {
        var log = evidence.Log;
        var last = evidence.Requests.Where(request => request.Known is not null).MaxBy(request => evidence.EntryOf(request.Id)!.Revision)!;
        var place = (int)evidence.EntryOf(last.Id)!.Revision.Sequence - 1;
        Evidence With(IReadOnlyList<Checker.Stores.RawEntry> entries) => new(evidence.History, evidence.Journals, log with { Entries = entries, Places = [.. log.Places.Take(entries.Count)] }, evidence.Copies);

        Assert.Contains(Judge.Check(With([.. log.Entries.Take(place)])).Violations, violation => violation.Invariant == "I1"); // the newest acknowledged change is lost
        Assert.Contains(Judge.Check(With([.. log.Entries.Take(place), log.Entries[0], .. log.Entries.Skip(place + 1)])).Violations, violation => violation.Invariant == "I8"); // a request has two entries
        Assert.Contains(Judge.Check(new Evidence(evidence.History, [.. evidence.Journals, evidence.Journals[0]], log, [])).Violations, violation => violation.Invariant == "I3"); // a client goes back
        if (!evidence.History.OfType<Term>().Any()) return;
        var others = evidence.History.Select(line => line is Operation { Alone: { } node } alone ? alone with { Alone = node == "o1" ? "o2" : "o1" } : line);
        Assert.Contains(Judge.Check(new Evidence([.. others], evidence.Journals, log, [])).Violations, violation => violation.Invariant == "I12"); // somebody else appended
    }

    private void Report(CampaignResult result, int seed)
    {
        var line = string.Create(CultureInfo.InvariantCulture, $"chaos {result.Store}, seed {seed}, {result.Seconds:0} s: {result.Faults.Values.Sum()} faults, {result.Verdict.Operations} operations, {result.Verdict.Ambiguous} ambiguous, {result.Verdict.Lost} lost, {result.Verdict.Duplicated} duplicated, {result.Evidence.Log.Entries.Count} entries; longest stall of writes {result.LongestWriteStall.TotalSeconds:0.0} s, of reads {result.LongestReadStall.TotalSeconds:0.0} s");
        foreach (var said in new[] { line, "  " + string.Join(" · ", result.Faults.OrderBy(it => it.Key, StringComparer.Ordinal).Select(it => $"{it.Key} {it.Value}")) }.Concat(result.Skipped.Select(skipped => "  skipped " + skipped)))
        {
            output.WriteLine(said);
            Console.WriteLine(said);
        }
    }

    private static string Kept(string history)
    {
        var kept = Path.Combine(Path.GetTempPath(), "heliograph-chaos-" + Path.GetFileName(history));
        File.Copy(history, kept, overwrite: true);
        return kept;
    }

    private static int? Number(string variable) => int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
