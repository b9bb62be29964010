// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Core.Heads;

/// <summary>What a process trusts of a realm: its roots, and the epochs that are proven to have begun.</summary>
/// <param name="Roots">From the pinned root to the newest.</param>
/// <param name="Epochs">Transitions that recovery keys signed.</param>
public sealed record RealmTrust(RootChain Roots, EpochHistory Epochs)
{
    /// <summary>Trust in the pinned root alone.</summary>
    public static RealmTrust From(TrustAnchor anchor) => new(RootChain.From(anchor), EpochHistory.Empty);

    /// <summary>Whether a process that trusts <paramref name="other"/> would learn something from this.</summary>
    public bool IsNewsTo(RealmTrust other) => Roots.Version > other.Roots.Version || Epochs.Epoch > other.Epochs.Epoch;
}

/// <summary>The one cell that holds what a process trusts now; verifier, gate, sequencer and hub share it.</summary>
/// <remarks>Thread-safe. Whoever adopts has made it durable before, and is one at a time. Trust only grows: what is older is passed over.</remarks>
public sealed class TrustCell(RealmTrust trust)
{
    private readonly Lock _sync = new();
    private volatile RealmTrust _current = trust;
    private volatile Action[] _observers = [];

    /// <summary>A cell that trusts a pinned root alone.</summary>
    public TrustCell(TrustAnchor anchor) : this(RealmTrust.From(anchor))
    {
    }

    /// <summary>What is trusted now.</summary>
    public RealmTrust Current => _current;

    /// <summary>The pinned root. Never changes.</summary>
    public TrustAnchor Anchor => _current.Roots.Anchor;

    /// <summary>Trusts more from now on, and tells the observers.</summary>
    /// <returns>Whether that was news: another process, or file, may have known more.</returns>
    public bool Adopt(RealmTrust trust)
    {
        lock (_sync)
        {
            if (trust.Roots.LogId != _current.Roots.LogId) throw new ArgumentException("It is of another log.", nameof(trust));
            if (ReferenceEquals(trust, _current) || trust.Roots.Version < _current.Roots.Version || trust.Epochs.Epoch < _current.Epochs.Epoch) return false;
            _current = trust;
        }
        foreach (var observer in _observers) observer();
        return true;
    }

    /// <summary>Is called after each adoption, by whoever adopts.</summary>
    /// <returns>Dispose it to end that.</returns>
    public IDisposable Observe(Action observer)
    {
        lock (_sync) _observers = [.. _observers, observer];
        return new Observation(this, observer);
    }

    private sealed class Observation(TrustCell cell, Action observer) : IDisposable
    {
        public void Dispose()
        {
            lock (cell._sync) cell._observers = [.. cell._observers.Where(known => known != observer)];
        }
    }
}
