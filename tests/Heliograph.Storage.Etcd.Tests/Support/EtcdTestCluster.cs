// SPDX-License-Identifier: Apache-2.0
using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Net.Client;
using Heliograph.Conformance.Log;
using Heliograph.Core.Log;
using Heliograph.Storage.Etcd.Layout;
using Heliograph.Storage.Etcd.Wire;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Heliograph.Storage.Etcd.Tests.Support;

/// <summary>A real etcd cluster on loopback, and a raw client of it.</summary>
internal sealed class EtcdTestCluster : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("heliograph-etcd-").FullName;
    private readonly Dictionary<Uri, GrpcChannel> _channels = [];

    private EtcdTestCluster(int members, string[] more)
    {
        var ports = EtcdProcess.FreePorts(2 * members);
        var cluster = string.Join(',', Enumerable.Range(0, members).Select(i => $"m{i}=http://127.0.0.1:{ports[(2 * i) + 1]}"));
        Members = [.. Enumerable.Range(0, members).Select(i => new EtcdProcess($"m{i}", _directory, ports[2 * i], ports[(2 * i) + 1], cluster, "http", more))];
    }

    public IReadOnlyList<EtcdProcess> Members { get; }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Starts a cluster and waits until it takes writes; skips the test where there is no etcd.</summary>
    public static async Task<EtcdTestCluster> StartAsync(int members, params string[] more)
    {
        EtcdProcess.Need();
        var cluster = new EtcdTestCluster(members, more);
        foreach (var member in cluster.Members) member.Start();
        await cluster.UntilWritableAsync();
        return cluster;
    }

    /// <summary>Waits until every member that runs answers with a quorum behind it.</summary>
    public async Task UntilWritableAsync()
    {
        foreach (var member in Members) await UntilAsync(async () => (await Keys(member).RangeAsync(new() { Key = ByteString.CopyFromUtf8("ready") }, deadline: DateTime.UtcNow.AddSeconds(2), cancellationToken: Cancel)).Header.ClusterId != 0);
    }

    /// <summary>Repeats until it is true and throws no error of a call; at most 30 s.</summary>
    public static async Task UntilAsync(Func<Task<bool>> holds)
    {
        for (var deadline = DateTime.UtcNow.AddSeconds(30); ;)
        {
            try
            {
                if (await holds()) return;
            }
            catch (Grpc.Core.RpcException) when (DateTime.UtcNow < deadline) { } // not yet
            Assert.True(DateTime.UtcNow < deadline, "It did not come within 30 s.");
            await Task.Delay(50, Cancel);
        }
    }

    public KV.KVClient Keys(EtcdProcess member) => new(Channel(member));

    public Maintenance.MaintenanceClient Upkeep(EtcdProcess member) => new(Channel(member));

    public EtcdLogStoreOptions Options(Hash256 logId, Func<HttpMessageHandler, HttpMessageHandler>? transport = null, TimeSpan? upkeep = null, TimeSpan? open = null) => new()
    {
        Endpoints = [.. Members.Select(member => member.Address)], LogId = logId, AllowUnsupported = true, Transport = transport,
        UpkeepInterval = upkeep ?? TimeSpan.FromMinutes(5), OpenTimeout = open ?? TimeSpan.FromSeconds(15),
    };

    public ValueTask<EtcdLogStore> OpenAsync(Hash256 logId) => EtcdLogStore.OpenAsync(Options(logId), TimeProvider.System, NullLogger.Instance, Cancel);

    /// <summary>Changes the stored bytes of an entry.</summary>
    public async Task DamageAsync(Hash256 logId, long sequence)
    {
        var key = new StoreKeys(logId).Entry(sequence);
        var row = Assert.Single((await Keys(Members[0]).RangeAsync(new() { Key = key }, cancellationToken: Cancel)).Kvs);
        var bytes = row.Value.ToByteArray();
        bytes[^1] ^= 1;
        await Keys(Members[0]).PutAsync(new() { Key = key, Value = ByteString.CopyFrom(bytes) }, cancellationToken: Cancel);
    }

    /// <summary>Copies the disk of a member that does not run.</summary>
    public void KeepDisk(int member) => Copy(Disk(member), Disk(member) + ".kept");

    /// <summary>Gives a member that does not run the disk that was kept.</summary>
    public void PutDiskBack(int member)
    {
        Directory.Delete(Disk(member), recursive: true);
        Copy(Disk(member) + ".kept", Disk(member));
    }

    public static Hash256 NewLogId() => new(RandomNumberGenerator.GetBytes(Hash256.SizeBytes));

    public ValueTask DisposeAsync()
    {
        foreach (var channel in _channels.Values) channel.Dispose();
        foreach (var member in Members) member.Dispose();
        Directory.Delete(_directory, recursive: true);
        return ValueTask.CompletedTask;
    }

    private string Disk(int member) => Path.Combine(_directory, Members[member].Name);

    private static void Copy(string from, string to)
    {
        if (OperatingSystem.IsWindows()) throw new PlatformNotSupportedException();
        Directory.CreateDirectory(to, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute); // etcd looks at it
        foreach (var directory in Directory.GetDirectories(from)) Copy(directory, Path.Combine(to, Path.GetFileName(directory)));
        foreach (var file in Directory.GetFiles(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }

    private GrpcChannel Channel(EtcdProcess member)
    {
        if (!_channels.TryGetValue(member.Address, out var channel)) _channels[member.Address] = channel = GrpcChannel.ForAddress(member.Address);
        return channel;
    }
}
