// SPDX-License-Identifier: Apache-2.0
using Heliograph.Chaos.Checker.Histories;
using Heliograph.Chaos.Checker.Stores;
using Heliograph.Chaos.Faults;
using Heliograph.Chaos.Recording;
using Heliograph.Chaos.Traffic;

namespace Heliograph.Chaos.Rigs;

/// <summary>A deployment of real processes that a campaign is fought over.</summary>
internal interface IRig : IAsyncDisposable
{
    string Name { get; }

    IReadOnlyList<ApiEndpoint> Endpoints { get; }

    IReadOnlyList<string> Namespaces { get; }

    bool HasFollowers { get; }

    /// <summary>Clients that keep a journal.</summary>
    IReadOnlyList<string> Followers { get; }

    /// <summary>Everything that can go wrong here.</summary>
    IReadOnlyList<Fault> Faults { get; }

    Task StartAsync(Recorder recorder, int seed);

    /// <summary>The lines of a client's journal.</summary>
    IReadOnlyList<ClientLine> Journal(string follower);

    /// <summary>The raw store, once nobody writes any more.</summary>
    Task<RawLog> ReadStoreAsync();
}
