// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Client;

/// <summary>A namespace is served at another revision. One event for each revision that is served, however much it changed; revisions may be skipped.</summary>
public sealed class NamespaceChangedEventArgs(NamespaceView? previous, NamespaceView current, IReadOnlyList<SettingKey> changedKeys) : EventArgs
{
    /// <summary>Which namespace.</summary>
    public NamespaceName Name => Current.Name;

    /// <summary>What was served before; <see cref="Revision.None"/> for nothing.</summary>
    public Revision OldRevision => Previous?.Revision ?? Revision.None;

    /// <summary>What is served now.</summary>
    public Revision NewRevision => Current.Revision;

    /// <summary>The settings that were put, changed or deleted between the two; all of them the first time.</summary>
    public IReadOnlyList<SettingKey> ChangedKeys { get; } = changedKeys;

    /// <summary>The view before, or <see langword="null"/>.</summary>
    public NamespaceView? Previous { get; } = previous;

    /// <summary>The view now.</summary>
    public NamespaceView Current { get; } = current;
}

/// <summary>A client became stale, or fresh again.</summary>
public sealed class StalenessChangedEventArgs(Staleness staleness) : EventArgs
{
    /// <summary>How it is now.</summary>
    public Staleness Staleness { get; } = staleness;
}
