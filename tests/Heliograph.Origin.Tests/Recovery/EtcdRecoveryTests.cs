// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Log;
using Heliograph.Hosting.Listening;
using Heliograph.Origin.Cluster;
using Heliograph.Origin.Recovery;
using Heliograph.Storage.Etcd;
using Heliograph.Storage.Etcd.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Heliograph.Origin.Tests.Recovery;

/// <summary>Into etcd and out of it again, with a real one.</summary>
public sealed class EtcdRecoveryTests : IDisposable
{
    private readonly RecoveryScene _scene = new();
    private EtcdProcess? _etcd;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_backup_is_restored_into_etcd_interrupted_at_every_step_and_an_origin_over_it_is_backed_up()
    {
        StartEtcd();
        var backup = await _scene.MakeAsync();
        _scene.CopyOrigin("origin", "new", "trust.json", "head-key.pem", "access-keys.key", "admin.token");
        var steps = new HashSet<string>();
        while (true)
        {
            try
            {
                var report = await RestoreAsync(step =>
                {
                    if (steps.Add(step)) throw new InterruptedException();
                }, "origin/head.hw");
                Assert.Null(report.Unproven);
                Assert.Equal(backup.Revision, report.Revision);
                break;
            }
            catch (InterruptedException)
            {
                if (steps.Count > 1) await Assert.ThrowsAnyAsync<IOException>(StartOriginAsync);
            }
        }
        Assert.Equal(6, steps.Count);

        await using var origin = await StartOriginAsync();
        Assert.Equal(backup.Revision, origin.Sequencer.Current.State.Revision);
        var again = await new LogBackup(
            Heliograph.Core.Heads.RealmTrust.From(origin.Anchor), new Heliograph.Hosting.Grpc.ParentDialer(new(), TimeProvider.System), new(new($"tcp://{origin.Endpoints.Of(ListenProtocol.Sync).Address}")),
            System.Text.Encoding.ASCII.GetBytes((await File.ReadAllTextAsync(origin.AdminTokenPath, Cancel)).Trim()), TimeProvider.System).RunAsync(_scene.PathOf("again.backup"), _ => { }, Cancel);
        Assert.Equal((backup.Revision, backup.Head.EntryHash), (again.Revision, again.Head.EntryHash));
    }

    [Fact]
    public async Task Unproven_it_stays_closed_and_what_is_live_is_not_overwritten()
    {
        StartEtcd();
        await _scene.MakeAsync();
        _scene.CopyOrigin("origin", "new", "trust.json", "head-key.pem", "access-keys.key", "admin.token");
        Assert.Contains("Nothing proves", (await RestoreAsync(_ => { })).Unproven, StringComparison.Ordinal);
        File.Delete(Path.Combine(_scene.PathOf("new"), "restore.json")); // etcd itself says it, to the other origins
        Assert.Contains("being restored", (await Assert.ThrowsAnyAsync<IOException>(StartOriginAsync)).Message, StringComparison.Ordinal);

        Assert.Null((await RestoreAsync(_ => { }, "origin/head.hw")).Unproven);
        Assert.Equal(LogPhase.Live, await EtcdLogStore.FindPhaseAsync(new() { Endpoints = [_etcd!.Address], LogId = _scene.Open("a.backup").Anchor.LogId, AllowUnsupported = true }, TimeProvider.System, NullLogger.Instance, Cancel));
        Assert.Contains("not overwritten", (await Assert.ThrowsAsync<IOException>(() => RestoreAsync(_ => { }))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_old_backup_goes_on_in_a_new_epoch_interrupted_at_every_step_and_the_other_origin_follows_with_its_old_mark()
    {
        StartEtcd();
        _scene.Found("origin", "other");
        var old = await _scene.MakeAsync(20, "old.backup");
        var lost = await _scene.MakeAsync(10, "newer.backup");
        _scene.CopyOrigin("origin", "new", "trust.json", "head-key.pem", "access-keys.key", "admin.token", "head.hw");
        _scene.CopyOrigin("origin", "other", "access-keys.key", "admin.token", "head.hw"); // both have signed all of it
        Assert.Contains("entries are missing", (await RestoreAsync(_ => { }, "old.backup", [])).Unproven, StringComparison.Ordinal);
        var signed = _scene.Signed((await _scene.ProposeAsync("new", Cluster, "other/head.hw")).Transition, "rescue-1", "rescue-2");
        Assert.Equal((old.Revision, (ulong)lost.Revision.Sequence), (signed.Base, signed.Content.DiscardedUpTo));
        var steps = new HashSet<string>();
        while (true)
        {
            try
            {
                var report = await _scene.Recovery("new", step =>
                {
                    if (steps.Add(step)) throw new InterruptedException();
                }, Cluster).ApplyAsync(signed, _ => { }, Cancel);
                Assert.Equal(new Revision(2, old.Revision.Sequence + 1), report.Revision);
                break;
            }
            catch (InterruptedException)
            {
                if (steps.Count > 1) await Assert.ThrowsAnyAsync<IOException>(StartOriginAsync);
            }
        }
        Assert.Equal(7, steps.Count);

        await using var origin = await StartOriginAsync();
        Assert.Equal(new Revision(2, old.Revision.Sequence + 1), origin.Sequencer.Current.Head!.Revision);
        await using (var unaware = await StartOriginAsync("other"))
        {
            Assert.Null(unaware.Sequencer.Current.Head);
            Assert.Contains("which the trust file does not prove", unaware.Sequencer.ReadOnlyReason, StringComparison.Ordinal);
        }
        File.Copy(Path.Combine(_scene.PathOf("new"), "trust.json"), Path.Combine(_scene.PathOf("other"), "trust.json"), overwrite: true); // as 'helio trust add' does
        await using var other = await StartOriginAsync("other");
        Assert.Equal(origin.Sequencer.Current.State.Revision, other.Sequencer.Current.Head!.Revision);
        Assert.True(other.Sequencer.IsFollowing);
        Assert.True(HighWaterMark.TryDecodeFile(await File.ReadAllBytesAsync(_scene.PathOf("other/head.hw"), Cancel), out var mark, out _));
        Assert.Equal(2, mark.Tip.Revision.Epoch);

        await other.DisposeAsync();
        await origin.DisposeAsync();
        Assert.Equal(mark.Tip.Revision, await new LogMove(_scene.PathOf("new"), Cluster, NullLogger.Instance, TimeProvider.System).ToFileAsync(Cancel)); // both epochs, out of etcd
        Assert.Equal((mark.Tip.Revision, true), (await _scene.StateAsync("new") is var moved ? (moved.Revision, moved.Signs) : default));
    }

    public void Dispose()
    {
        _etcd?.Dispose();
        _scene.Dispose();
    }

    private ClusterOptions Cluster => new() { Etcd = [_etcd!.Address], AllowUnsupportedEtcd = true, Advertise = new("http://127.0.0.1:1") };

    private Task<RestoreReport> RestoreAsync(Action<string> probe, params string[] highWater) => RestoreAsync(probe, "a.backup", highWater);

    private Task<RestoreReport> RestoreAsync(Action<string> probe, string backup, string[] highWater) => new LogRestore(NullLogger.Instance, TimeProvider.System) { Probe = probe }.RunAsync(
        new() { DataDirectory = _scene.PathOf("new"), Sources = [_scene.Open(backup)], HighWaterFiles = [.. highWater.Select(_scene.PathOf)], Cluster = Cluster }, _ => { }, Cancel);

    private Task<OriginHost> StartOriginAsync() => StartOriginAsync("new");

    private Task<OriginHost> StartOriginAsync(string data) => OriginHost.StartAsync(
        new() { DataDirectory = _scene.PathOf(data), Sequencing = new() { NodeId = data }, Cluster = Cluster, Listeners = new() { Endpoints = [ListenEndpoint.Parse("http://127.0.0.1:0"), ListenEndpoint.Parse("tcp://127.0.0.1:0")] }, ReconnectWindow = TimeSpan.Zero },
        null, TimeProvider.System, Cancel);

    private void StartEtcd()
    {
        EtcdProcess.Need();
        var ports = EtcdProcess.FreePorts(2);
        _etcd = new("m", _scene.PathOf(""), ports[0], ports[1], $"m=http://127.0.0.1:{ports[1]}", "http", []);
        _etcd.Start();
    }

    private sealed class InterruptedException : Exception;
}
