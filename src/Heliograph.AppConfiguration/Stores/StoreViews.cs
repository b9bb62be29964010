// SPDX-License-Identifier: Apache-2.0
using System.Collections.Concurrent;

namespace Heliograph.AppConfiguration.Stores;

/// <summary>The newest view of each store that is asked for. Thread-safe.</summary>
internal sealed class StoreViews(IStoreReplica replica)
{
    private readonly ConcurrentDictionary<NamespaceName, Place> _places = new();

    /// <summary>Where the views come from.</summary>
    public IStoreReplica Replica => replica;

    /// <summary>The store as it stands now, or <see langword="null"/> if this tier does not hold it.</summary>
    public StoreView? Find(NamespaceName name)
    {
        if (replica.Find(name) is not { } state)
        {
            _places.TryRemove(name, out _);
            return null;
        }
        var place = _places.GetOrAdd(name, static _ => new());
        return place.View is { } view && IsOf(view, state) ? view : place.Renew(name, state);
    }

    private static bool IsOf(StoreView view, StoreState state) => ReferenceEquals(view.State.Records, state.Records) && view.State.Revision == state.Revision;

    /// <summary>One store's newest view; made by one reader at a time, the others wait for it.</summary>
    private sealed class Place
    {
        private readonly Lock _sync = new();
        private volatile StoreView? _view;

        public StoreView? View => _view;

        public StoreView Renew(NamespaceName name, StoreState state)
        {
            lock (_sync)
            {
                if (_view is { } known && (IsOf(known, state) || known.State.Revision.IsAfter(state.Revision))) return known; // another reader was here, with this state or a newer one
                return _view = StoreView.Of(name, state, _view);
            }
        }
    }
}
