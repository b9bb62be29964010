// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Heads;
using Heliograph.Core.Replicas;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.Ports;
using Microsoft.Extensions.Logging;
using Refusal = Heliograph.Core.Replicas.Refusal;

namespace Heliograph.Replication.Following;

/// <summary>Takes roots and transitions from one parent: each is verified, all that are right are made durable together, and only then trusted.</summary>
/// <remarks>Has the session's turn. What could not be made durable is kept, and tried again with the next head.</remarks>
internal sealed class TrustReceiver(Holdings holdings, ParentAddress parent, ILogger logger)
{
    private readonly List<ReadOnlyMemory<byte>> _roots = [], _transitions = [];

    /// <summary>Whether something waits to be made durable.</summary>
    public bool IsAnythingLeft => _roots.Count + _transitions.Count > 0;

    /// <summary>Takes note of what came.</summary>
    /// <exception cref="ProtocolException">It is more than there can be.</exception>
    public void Add(Trust news)
    {
        if (_roots.Count + news.Roots.Count > RootChain.VersionsMax || _transitions.Count + news.Transitions.Count > EpochHistory.TransitionsMax)
            throw new ProtocolException($"There are at most {RootChain.VersionsMax} roots and {EpochHistory.TransitionsMax} transitions.");
        _roots.AddRange(news.Roots.Select(root => (ReadOnlyMemory<byte>)root.ToByteArray())); // the frame's memory is used again
        _transitions.AddRange(news.Transitions.Select(transition => (ReadOnlyMemory<byte>)transition.ToByteArray()));
    }

    /// <summary>Verifies what came, and trusts what is right.</summary>
    /// <returns>Whether anything is trusted that was not before, and why the parent is to be left, if it is.</returns>
    public async ValueTask<(bool HasChanged, string? Leave)> TakeAsync(CancellationToken cancellationToken)
    {
        var before = holdings.Trust.Current;
        var (trust, refusal) = Verify(before);
        var hasChanged = false;
        if (!ReferenceEquals(trust.Roots, before.Roots) || !ReferenceEquals(trust.Epochs, before.Epochs))
        {
            hasChanged = await holdings.AdoptAsync(trust, cancellationToken);
            if (!hasChanged) return (false, null); // it is all still here
            Tell(before, trust);
        }
        _roots.Clear();
        _transitions.Clear();
        if (refusal is null) return (hasChanged, null);
        logger.TrustRefused(parent.Address, refusal.Code, refusal.Detail);
        return (hasChanged, MayBeHonest(refusal.Code) ? null : $"it sent a root that cannot be true ({refusal.Code})");
    }

    /// <summary>Goes as far as the signatures lead; what comes behind a refusal is not looked at.</summary>
    private (RealmTrust Trust, Refusal? Refusal) Verify(RealmTrust trust)
    {
        foreach (var root in _roots)
        {
            var verdict = trust.Roots.Extend(root);
            if (verdict.Refusal is { } refusal) return (trust, refusal);
            if (!ReferenceEquals(verdict.Value, trust.Roots)) trust = trust with { Roots = verdict.Value! };
        }
        foreach (var transition in _transitions)
        {
            var verdict = trust.Epochs.Extend(trust.Roots, transition);
            // One that recovery keys of an earlier root signed, and nobody since, proves nothing any more; the parent has done no wrong.
            if (verdict.Refusal is { } refusal) return (trust, refusal.Code == RefusalCode.BadSignature ? new(RefusalCode.EpochUnproven, refusal.Detail) : refusal);
            if (!ReferenceEquals(verdict.Value, trust.Epochs)) trust = trust with { Epochs = verdict.Value! };
        }
        return (trust, null);
    }

    private static bool MayBeHonest(RefusalCode code) => code is RefusalCode.Unsupported or RefusalCode.WrongBase or RefusalCode.EpochUnproven or RefusalCode.OverLimit;

    private void Tell(RealmTrust before, RealmTrust now)
    {
        if (now.Roots.Version > before.Roots.Version) logger.RootAdopted(now.Roots.Version, string.Join(", ", now.Roots.Latest.HeadKeys.Select(key => key.KeyId)));
        foreach (var transition in now.Epochs.Transitions.Skip(before.Epochs.Epoch - 1))
            logger.HistoryDiscarded(transition.Epoch, transition.Base, transition.Content.Reason, holdings.CountBeyond(transition.Base));
    }
}
