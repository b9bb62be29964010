// SPDX-License-Identifier: Apache-2.0
using Heliograph.Chaos.Checker.Histories;
using Heliograph.Chaos.Checker.Stores;
using Heliograph.Chaos.Faults;
using Heliograph.Chaos.Recording;
using Heliograph.Chaos.Traffic;
using Heliograph.Cluster.Tests;

namespace Heliograph.Chaos.Rigs;

/// <summary>Three origins over three members of etcd, in a network of their own where the machine allows it; a relay of all, and services at it and at two origins.</summary>
internal sealed partial class EtcdRig : IRig
{
    private ClusterRig _cluster = null!;
    private NetworkNamespace? _network;
    private EtcdWitness? _witness;
    private string? _noNetwork;

    public string Name => "etcd";

    public IReadOnlyList<ApiEndpoint> Endpoints { get; private set; } = [];

    public IReadOnlyList<string> Namespaces { get; } = ["shop.cart", "shop.search", "shop.pay"];

    public bool HasFollowers => true;

    public IReadOnlyList<string> Followers { get; } = ["at-relay", "at-o1", "at-o2"];

    public async Task StartAsync(Recorder recorder, int seed)
    {
        (_network, _noNetwork) = await NetworkNamespace.TryCreateAsync();
        _cluster = await ClusterRig.StartAsync(members: 3, _network);
        await _cluster.SequencerAsync();
        foreach (var name in Namespaces) await _cluster.Origins[0].CreateAsync(name);
        await _cluster.Origins[0].PutAsync("heliograph.realm", "roles/this-machine", """{"subject":"local*","role":"reader","namespaces":"*"}""", "readers");
        foreach (var origin in _cluster.Origins)
            foreach (var name in Namespaces) // each knows them before anyone asks
                await ClusterRig.EventuallyAsync(async () => (await origin.SendAsync(HttpMethod.Get, $"/api/v1/namespaces/{name}")).Status == 200, $"{origin.Id} knows {name}");
        _witness = new(_cluster.Etcd.Select(member => member.Address), _cluster.Place.Handler, recorder);
        Endpoints = [.. _cluster.Origins.Select(origin => new ApiEndpoint(origin.Id, origin.Api))];
        var all = string.Join(',', Namespaces);
        _cluster.StartService("at-relay", await _cluster.StartRelayAsync("relay-1", [.. _cluster.Origins]), all);
        for (var i = 0; i < 2; i++) _cluster.StartService($"at-o{i + 1}", _cluster.Origins[i].Sync, all);
    }

    public IReadOnlyList<ClientLine> Journal(string follower) => File.Exists(_cluster.PathOf(follower + ".journal")) ? HistoryFile.ReadJournal(_cluster.PathOf(follower + ".journal")) : [];

    public async Task<RawLog> ReadStoreAsync()
    {
        await _witness!.CatchUpAsync();
        return await _witness.DumpAsync(_cluster.PathOf("etcd.jsonl"));
    }

    public async ValueTask DisposeAsync()
    {
        if (_witness is not null) await _witness.DisposeAsync();
        if (_cluster is not null) await _cluster.DisposeAsync();
        if (_network is not null) await _network.DisposeAsync();
    }
}
