// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Log;
using Heliograph.Core.Sequencing;
using Heliograph.Origin.Cluster;
using Heliograph.Platform.Trust;
using Heliograph.Storage.Etcd;
using Heliograph.Storage.Etcd.Tests.Support;
using Heliograph.Storage.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Heliograph.Origin.Tests.Realm;

/// <summary>A move that is interrupted at each of its steps: never can both sides be worked with, and the same move goes on to the end.</summary>
public sealed class LogMoveTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("hl-move-").FullName;
    private EtcdProcess? _etcd;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Interrupted_before_any_step_at_most_one_side_can_be_worked_with_and_the_move_goes_on()
    {
        StartEtcd();
        var anchor = RealmKeys.Create("moving", _directory);
        var hashes = await FillAsync(anchor.LogId, 150);

        foreach (var isBack in new[] { false, true, false }) // there, back, and there again: over what was left
        {
            var steps = new HashSet<string>();
            while (true)
            {
                var reached = new List<string>();
                var move = new LogMove(_directory, Cluster, NullLogger.Instance, TimeProvider.System)
                {
                    Probe = step =>
                    {
                        reached.Add(step);
                        if (steps.Add(step)) throw new InterruptedException();
                    },
                };
                try
                {
                    Assert.Equal(hashes.Count, (isBack ? await move.ToFileAsync(Cancel) : await move.ToEtcdAsync(Cancel)).Sequence);
                    break;
                }
                catch (InterruptedException)
                {
                    var (file, etcd) = (await OpensFileAsync(anchor.LogId), await OpensEtcdAsync(anchor.LogId));
                    Assert.False(file && etcd, $"Interrupted before '{reached[^1]}', both sides can be worked with.");
                }
            }
            Assert.InRange(steps.Count, 3, 8);
            Assert.Equal(!isBack, await OpensEtcdAsync(anchor.LogId));
            Assert.Equal(isBack, await OpensFileAsync(anchor.LogId));
            Assert.Equal(hashes, await HashesAsync(anchor.LogId, isBack));
        }
    }

    [Fact]
    public async Task Another_history_or_a_log_that_has_lost_its_end_is_not_moved()
    {
        StartEtcd();
        var anchor = RealmKeys.Create("moving", _directory);
        await FillAsync(anchor.LogId, 5);
        await NewMove().ToEtcdAsync(Cancel);

        // A file with another log of the same realm
        File.Delete(Path.Combine(_directory, "log.db"));
        await FillAsync(anchor.LogId, 3, "other");
        Assert.Contains("different histories", (await Assert.ThrowsAsync<IOException>(() => NewMove().ToEtcdAsync(Cancel))).Message, StringComparison.Ordinal);
        Assert.True(await OpensFileAsync(anchor.LogId)); // nothing was changed
        Assert.True(await OpensEtcdAsync(anchor.LogId));

        // A mark beyond the end
        File.Delete(Path.Combine(_directory, "log.db"));
        using (var mark = new Heliograph.Replication.Log.HighWaterFile(new Heliograph.Platform.Files.DiskFileStore(_directory), anchor.LogId))
            await mark.AdvanceAsync(new(new(1, 9), LogEntry.HashOf([9]), 9), Cancel);
        Assert.Contains("entries are missing", (await Assert.ThrowsAsync<IOException>(() => NewMove().ToFileAsync(Cancel))).Message, StringComparison.Ordinal);
        Assert.False(await OpensFileAsync(anchor.LogId));
    }

    public void Dispose()
    {
        _etcd?.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private ClusterOptions Cluster => new() { Etcd = [_etcd!.Address], AllowUnsupportedEtcd = true, Advertise = new("http://127.0.0.1") };

    private LogMove NewMove() => new(_directory, Cluster, NullLogger.Instance, TimeProvider.System);

    private void StartEtcd()
    {
        EtcdProcess.Need();
        var ports = EtcdProcess.FreePorts(2);
        _etcd = new("m", _directory, ports[0], ports[1], $"m=http://127.0.0.1:{ports[1]}", "http", []);
        _etcd.Start();
    }

    private async Task<List<Hash256>> FillAsync(Hash256 logId, int entries, string prefix = "entry")
    {
        await using var file = await SqliteLogStore.OpenAsync(new() { Path = Path.Combine(_directory, "log.db"), LogId = logId }, TimeProvider.System, NullLogger.Instance, Cancel);
        var token = Assert.IsType<LeadershipAnswer.Held>(await file.CampaignAsync("o1", TimeSpan.FromMinutes(1), Cancel)).Token;
        var (tip, hashes) = (LogTip.Empty, new List<Hash256>());
        for (var i = 0; i < entries; i++)
        {
            var batch = Heliograph.Conformance.Log.TestChain.Batch(logId, tip, token, $"{prefix}-{i}");
            tip = Assert.IsType<AppendAnswer.Appended>(await file.AppendAsync(batch, Cancel)).Tip;
            hashes.Add(tip.Hash);
        }
        return hashes;
    }

    private async Task<List<Hash256>> HashesAsync(Hash256 logId, bool isFile)
    {
        await using ILogStore store = isFile
            ? await SqliteLogStore.OpenAsync(new() { Path = Path.Combine(_directory, "log.db"), LogId = logId }, TimeProvider.System, NullLogger.Instance, Cancel)
            : await EtcdLogStore.OpenAsync(new() { Endpoints = Cluster.Etcd, LogId = logId, AllowUnsupported = true }, TimeProvider.System, NullLogger.Instance, Cancel);
        return [.. Assert.IsType<StoreAnswer<EntryPage>.Done>(await store.ReadAsync(0, 10_000, long.MaxValue, Cancel)).Value.Entries.Select(entry => entry.Hash)];
    }

    private async Task<bool> OpensFileAsync(Hash256 logId)
    {
        try
        {
            await using var store = await SqliteLogStore.OpenAsync(new() { Path = Path.Combine(_directory, "log.db"), LogId = logId }, TimeProvider.System, NullLogger.Instance, Cancel);
            return true;
        }
        catch (SqliteLogStoreException refused) when (refused.Refusal == SqliteRefusal.Moved) { return false; }
    }

    private async Task<bool> OpensEtcdAsync(Hash256 logId)
    {
        if (await EtcdLogStore.FindPhaseAsync(new() { Endpoints = Cluster.Etcd, LogId = logId, AllowUnsupported = true }, TimeProvider.System, NullLogger.Instance, Cancel) is null) return false; // opening would begin one
        try
        {
            await using var store = await EtcdLogStore.OpenAsync(new() { Endpoints = Cluster.Etcd, LogId = logId, AllowUnsupported = true }, TimeProvider.System, NullLogger.Instance, Cancel);
            return true;
        }
        catch (EtcdLogStoreException refused) when (refused.Refusal == EtcdRefusal.Moved) { return false; }
    }

    private sealed class InterruptedException : Exception;
}
