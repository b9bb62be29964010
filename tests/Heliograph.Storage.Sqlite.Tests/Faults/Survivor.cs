// SPDX-License-Identifier: Apache-2.0
using Heliograph.Conformance.Log;
using Heliograph.Core.Log;
using Heliograph.Platform.Files;
using Heliograph.Replication.Log;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Heliograph.Storage.Sqlite.Tests.Faults;

/// <summary>What a new start finds after a crash.</summary>
/// <param name="Entries">The log, verified.</param>
/// <param name="Verdict">How it compares with the high-water mark.</param>
internal sealed record Survivor(IReadOnlyList<LogEntry> Entries, HighWaterVerdict Verdict)
{
    /// <summary>Makes an empty log, so that a script begins with its first change.</summary>
    public static async Task CreateAsync(string directory)
    {
        await using var store = await SqliteLogStore.OpenAsync(
            new() { Path = Path.Combine(directory, "log.db"), LogId = CrashWriter.LogId }, TimeProvider.System, NullLogger.Instance, TestContext.Current.CancellationToken);
    }

    /// <summary>Opens what a crash left, reads all of it, and appends one more entry if asked to.</summary>
    public static async Task<Survivor> ReadAsync(string directory, bool goesOn)
    {
        var cancel = TestContext.Current.CancellationToken;
        await using var store = await SqliteLogStore.OpenAsync(
            new() { Path = Path.Combine(directory, "log.db"), LogId = CrashWriter.LogId }, TimeProvider.System, NullLogger.Instance, cancel);
        var page = Assert.IsType<StoreAnswer<EntryPage>.Done>(await store.ReadAsync(0, 100_000, long.MaxValue, cancel)).Value;
        using var file = new HighWaterFile(new DiskFileStore(directory), CrashWriter.LogId);
        var mark = await file.ReadAsync(cancel);
        var at = page.Entries.Where(entry => entry.Revision.Sequence == mark.Revision.Sequence).Select(entry => new LogTip(entry.Revision, entry.Hash, entry.Content.CommittedAtMs)).FirstOrDefault();
        if (goesOn)
        {
            var token = Assert.IsType<LeadershipAnswer.Held>(await store.CampaignAsync("survivor", TimeSpan.FromMinutes(1), cancel)).Token;
            Assert.IsType<AppendAnswer.Appended>(await store.AppendAsync(TestChain.Batch(CrashWriter.LogId, page.Tip, token, "after-the-crash"), cancel));
        }
        return new(page.Entries, HighWater.Judge(mark, page.Tip, at));
    }

    /// <summary>What is wrong, given what had been acknowledged when the crash came; <see langword="null"/> if nothing.</summary>
    public string? Fault(IReadOnlyList<(long Sequence, string Hash)> acknowledged)
    {
        foreach (var (sequence, hash) in acknowledged)
        {
            if (sequence > Entries.Count) return $"acknowledged entry {sequence} is lost";
            if (Entries[(int)sequence - 1].Hash.ToString() != hash) return $"acknowledged entry {sequence} is another now";
        }
        return Entries.Count > acknowledged.Count + 1 ? $"{Entries.Count} entries, though only {acknowledged.Count} were acknowledged and one was under way"
            : Entries.Select(entry => entry.Content.RequestId).Distinct(StringComparer.Ordinal).Count() != Entries.Count ? "a request has two entries"
            : Verdict is HighWaterVerdict.Behind or HighWaterVerdict.Diverged ? $"the mark says {Verdict}"
            : null;
    }
}
