// SPDX-License-Identifier: Apache-2.0
using Google.Protobuf;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.FanOut;

namespace Heliograph.Agent.Boot;

/// <summary>A hub of its own for a service with something in quarantine: what is encoded for others is not for it.</summary>
/// <remarks>It serves one set of fall-backs. With another set comes another hub, and this one goes when its last subscriber has left.</remarks>
internal sealed class ServiceHub : IRunWatch, IDisposable
{
    private readonly Action<Hello, Run> _heard;
    private readonly ReadOnlyMemory<byte> _greeting;

    /// <summary>Makes it.</summary>
    /// <param name="fallbacks">What is served instead of what.</param>
    /// <param name="makeHub">Makes the hub that tells this one of runs.</param>
    /// <param name="heard">Hears of runs.</param>
    public ServiceHub(IReadOnlyDictionary<NamespaceName, Fallback> fallbacks, Func<IRunWatch, FanOutHub> makeHub, Action<Hello, Run> heard)
    {
        (Fallbacks, _heard) = (fallbacks, heard);
        var quarantine = new Quarantine();
        foreach (var (name, fallback) in fallbacks)
            quarantine.Revisions.Add(new QuarantinedRevision { Namespace = name.Value, Revision = fallback.Quarantined.ToWire(), Stable = fallback.Stable.Revision.ToWire() });
        _greeting = Frame.Encode(FrameType.Quarantine, quarantine);
        Hub = makeHub(this);
    }

    public IReadOnlyDictionary<NamespaceName, Fallback> Fallbacks { get; }

    public FanOutHub Hub { get; }

    /// <summary>Whether it serves just this.</summary>
    public bool Serves(IReadOnlyDictionary<NamespaceName, Fallback> fallbacks) =>
        fallbacks.Count == Fallbacks.Count && fallbacks.All(entry => Fallbacks.TryGetValue(entry.Key, out var known) && known.Quarantined == entry.Value.Quarantined && known.Stable.Revision == entry.Value.Stable.Revision);

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> Greet(Hello hello) => _greeting;

    /// <inheritdoc/>
    public void Heard(Hello hello, Run run) => _heard(hello, run);

    /// <inheritdoc/>
    public void Dispose() => Hub.Dispose();
}
