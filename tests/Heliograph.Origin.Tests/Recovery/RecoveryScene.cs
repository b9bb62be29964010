// SPDX-License-Identifier: Apache-2.0
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Heliograph.Core.Heads;
using Heliograph.Core.Wire;
using Heliograph.Hosting.Grpc;
using Heliograph.Hosting.Listening;
using Heliograph.Origin.Cluster;
using Heliograph.Origin.Recovery;
using Heliograph.Platform.LogFiles;
using Heliograph.Platform.Trust;
using Heliograph.Replication.Ports;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;
using static Heliograph.Origin.Tests.RunningOrigin;

namespace Heliograph.Origin.Tests.Recovery;

/// <summary>A realm with content in a directory, backups of it, and places to restore to; all of it goes with the test.</summary>
internal sealed class RecoveryScene : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("helio-recovery-").FullName;

    public string PathOf(string name) => Path.Combine(_directory, name);

    /// <summary>Starts the origin in a directory of the scene.</summary>
    public Task<RunningOrigin> StartAsync(string data = "origin") => RunningOrigin.StartAsync(PathOf(data));

    /// <summary>Founds the realm with two recovery keys that must both sign, and as many head keys as there are data directories.</summary>
    public void Found(params string[] homes)
    {
        var root = new TrustRoot { Format = 2, RootVersion = 1, Realm = "acme", Nonce = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(16)), RootThreshold = 1, RecoveryThreshold = 2 };
        root.RootKeys.Add(RoleKeyFile.Create(PathOf("root.pem"), null));
        foreach (var name in (string[])["rescue-1", "rescue-2"]) root.RecoveryKeys.Add(RoleKeyFile.Create(PathOf($"{name}.pem"), null));
        foreach (var home in homes)
        {
            Directory.CreateDirectory(PathOf(home));
            root.HeadKeys.Add(RoleKeyFile.Create(Path.Combine(PathOf(home), RealmKeys.HeadKeyFileName), null));
        }
        var anchor = TrustAnchor.Seal(root);
        foreach (var home in homes) TrustFile.Save(Path.Combine(PathOf(home), RealmKeys.TrustFileName), anchor, replace: false);
    }

    /// <summary>A transition with the signatures of recovery keys.</summary>
    public SignedTransition Signed(SignedTransition transition, params string[] names) => names.Aggregate(transition, (signed, name) =>
    {
        using var key = RoleKeyFile.Open(PathOf($"{name}.pem"), null);
        return signed.SignedBy(key);
    });

    public EpochRecovery Recovery(string data, Action<string>? probe = null, ClusterOptions? cluster = null) => new(PathOf(data), cluster, NullLogger.Instance, TimeProvider.System) { Probe = probe };

    public Task<EpochProposal> ProposeAsync(string data, ClusterOptions? cluster = null, params string[] highWater) => Recovery(data, null, cluster).ProposeAsync("the disk is gone", [.. highWater.Select(PathOf)], Revision.None, _ => { }, Cancel);

    /// <summary>Ends the epoch behind the log that is in a directory.</summary>
    public async Task<RecoverReport> RecoverAsync(string data, ClusterOptions? cluster = null) =>
        await Recovery(data, null, cluster).ApplyAsync(Signed((await ProposeAsync(data, cluster)).Transition, "rescue-1", "rescue-2"), _ => { }, Cancel);

    /// <summary>Makes changes at a running origin, each an entry.</summary>
    public static async Task ChangeAsync(RunningOrigin origin, int changes)
    {
        for (var i = 0; i < changes; i++) await SendAsync(origin.Admin, HttpMethod.Put, $"/api/v1/namespaces/shop/setting?key=k{i}", new JsonObject { ["value"] = Guid.NewGuid().ToString() });
    }

    /// <summary>A way to take entries from a running origin, as its administrator or as somebody else.</summary>
    public static LogBackup From(RunningOrigin origin, string? token = null, TrustAnchor? anchor = null) => new(
        anchor is null ? TrustFile.LoadTrust(origin.Host.TrustFilePath) : RealmTrust.From(anchor), new ParentDialer(new(), TimeProvider.System), new ParentAddress(SyncOf(origin)), Encoding.ASCII.GetBytes(token ?? File.ReadAllText(origin.Host.AdminTokenPath).Trim()), TimeProvider.System);

    public static Uri SyncOf(RunningOrigin origin) => new($"tcp://{origin.Host.Endpoints.Of(ListenProtocol.Sync).Address}");

    /// <summary>Takes a backup of a running origin.</summary>
    public Task<BackupReport> BackUpAsync(RunningOrigin origin, string name) => From(origin).RunAsync(PathOf(name), _ => { }, Cancel);

    /// <summary>A realm with some entries, and its backup; the origin has stopped.</summary>
    public async Task<BackupReport> MakeAsync(int changes = 30, string backup = "a.backup")
    {
        await using var origin = await StartAsync();
        if (origin.Host.Sequencer.Current.State.Find(NamespaceName.Parse("shop")) is null) await origin.SeedAsync("shop");
        await ChangeAsync(origin, changes);
        return await BackUpAsync(origin, backup);
    }

    public LogFile Open(string name) => LogFile.Open(PathOf(name), null, Cancel);

    public async Task<RestoreReport> RestoreAsync(string data, string[] sources, string[]? highWater = null, bool harvestsOnly = false, Action<string>? probe = null) =>
        await new LogRestore(NullLogger.Instance, TimeProvider.System) { Probe = probe }.RunAsync(
            new() { DataDirectory = PathOf(data), Sources = [.. sources.Select(Open)], HighWaterFiles = [.. (highWater ?? []).Select(PathOf)], HarvestsOnly = harvestsOnly }, _ => { }, Cancel);

    /// <summary>What a directory's origin signs, if one starts there.</summary>
    public async Task<(Revision Revision, Hash256 Content, bool Signs)> StateAsync(string data)
    {
        await using var origin = await StartAsync(data);
        var (state, head) = origin.Host.Sequencer.Current;
        return (state.Revision, state.Directory.Root, head is not null);
    }

    /// <summary>Copies what identifies an origin, as if its disk had kept only that.</summary>
    public void CopyOrigin(string from, string to, params string[] files)
    {
        Directory.CreateDirectory(PathOf(to));
        foreach (var file in files) File.Copy(Path.Combine(PathOf(from), file), Path.Combine(PathOf(to), file));
    }

    /// <summary>Copies all that there is of a stopped origin, as a snapshot of its disk does.</summary>
    public void CopyAll(string from, string to) => CopyOrigin(from, to, [.. Directory.EnumerateFiles(PathOf(from)).Select(path => Path.GetFileName(path))]);

    /// <summary>Takes the log away.</summary>
    public void LoseLog(string data)
    {
        foreach (var file in Directory.EnumerateFiles(PathOf(data), "log.db*")) File.Delete(file);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
