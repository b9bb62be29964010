// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Heads;
using Heliograph.Core.Replicas;
using Heliograph.Replication.Replicas;

namespace Heliograph.Agent.Boot;

/// <summary>What is held, as a service sees it that must not run some of it: the last stable version where the newest is in quarantine, until something newer comes.</summary>
/// <param name="source">What is held.</param>
/// <param name="fallbacks">By namespace: what is in quarantine, and what is served instead.</param>
internal sealed class GuardedSource(INamespaceSource source, IReadOnlyDictionary<NamespaceName, Fallback> fallbacks) : INamespaceSource
{
    /// <inheritdoc/>
    public SignedHead? NewestHead => source.NewestHead;

    /// <inheritdoc/>
    public INamespaceDirectory? Names => source.Names;

    /// <inheritdoc/>
    public NamespaceVersion? Find(NamespaceName name)
    {
        var newest = source.Find(name);
        return newest is not null && IsQuarantined(newest) ? fallbacks[name].Stable : newest;
    }

    /// <inheritdoc/>
    public NamespaceGone? FindGone(NamespaceName name) => source.FindGone(name);

    /// <inheritdoc/>
    public IDisposable Want(NamespaceName name) => source.Want(name);

    /// <inheritdoc/>
    public IDisposable Observe(INamespaceObserver observer) => source.Observe(new Filter(this, observer));

    private bool IsQuarantined(NamespaceVersion version) => fallbacks.TryGetValue(version.Name, out var fallback) && version.Revision == fallback.Quarantined;

    private sealed class Filter(GuardedSource guarded, INamespaceObserver observer) : INamespaceObserver
    {
        public void OnChanged(NamespaceVersion version)
        {
            if (!guarded.IsQuarantined(version)) observer.OnChanged(version);
        }

        public void OnHead(SignedHead head) => observer.OnHead(head);

        public void OnGone(NamespaceGone gone) => observer.OnGone(gone);
    }
}

/// <summary>A revision in quarantine, and what is served instead.</summary>
internal sealed record Fallback(Revision Quarantined, NamespaceVersion Stable);
