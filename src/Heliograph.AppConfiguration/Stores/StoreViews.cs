// SPDX-License-Identifier: Apache-2.0
using System.Collections.Concurrent;

namespace Heliograph.AppConfiguration.Stores;

/// <summary>The newest view of each store that is asked for, and for a moment older ones whose lists are being read page by page. Thread-safe.</summary>
internal sealed class StoreViews(IStoreReplica replica, TimeProvider time)
{
    /// <summary>Views of the past that are kept for a store, for lists that go on. Beyond it the oldest goes, and its lists go on in the newest.</summary>
    public const int KeptMax = 32;

    /// <summary>How long such a view is kept after another became the newest.</summary>
    public static readonly TimeSpan KeptFor = TimeSpan.FromSeconds(60);

    private readonly ConcurrentDictionary<NamespaceName, Place> _places = new();

    /// <summary>Where the views come from.</summary>
    public IStoreReplica Replica => replica;

    /// <summary>The store's newest view, or <see langword="null"/> if this tier does not hold it.</summary>
    public StoreView? Find(NamespaceName name)
    {
        if (replica.Find(name) is not { } state)
        {
            _places.TryRemove(name, out _);
            return null;
        }
        var place = _places.GetOrAdd(name, static (_, time) => new(time), time);
        return place.View is { } view && IsOf(view, state) ? view : place.Renew(name, state);
    }

    /// <summary>The view in which a list began, if it is still kept; <see langword="null"/> if not.</summary>
    /// <param name="newest">The store's newest view.</param>
    /// <param name="revision">At which the list began.</param>
    public StoreView? FindAt(StoreView newest, Revision revision) =>
        newest.State.Revision == revision ? newest : _places.TryGetValue(newest.Name, out var place) ? place.FindKept(revision) : null;

    /// <summary>A page of this view has a next one: the view is kept for a while when it is the newest no more.</summary>
    public void ListGoesOn(StoreView view)
    {
        if (!view.HasListsUnderWay && _places.TryGetValue(view.Name, out var place)) place.ListGoesOn(view);
    }

    private static bool IsOf(StoreView view, StoreState state) => ReferenceEquals(view.State.Records, state.Records) && view.State.Revision == state.Revision;

    /// <summary>One store's newest view; made by one reader at a time, the others wait for it.</summary>
    private sealed class Place(TimeProvider time)
    {
        private readonly Lock _sync = new();
        private readonly List<(StoreView View, long Since)> _kept = []; // oldest first
        private volatile StoreView? _view;

        public StoreView? View => _view;

        public StoreView Renew(NamespaceName name, StoreState state)
        {
            lock (_sync)
            {
                if (_view is { } known && (IsOf(known, state) || known.State.Revision.IsAfter(state.Revision))) return known; // another reader was here, with this state or a newer one
                var renewed = StoreView.Of(name, state, _view);
                if (_view is { HasListsUnderWay: true } old) Keep(old);
                return _view = renewed;
            }
        }

        public StoreView? FindKept(Revision revision)
        {
            lock (_sync) return _kept.Find(one => one.View.State.Revision == revision).View;
        }

        public void ListGoesOn(StoreView view)
        {
            lock (_sync)
            {
                view.HasListsUnderWay = true;
                if (!ReferenceEquals(view, _view) && !_kept.Exists(one => ReferenceEquals(one.View, view))) Keep(view);
            }
        }

        private void Keep(StoreView view)
        {
            var now = time.GetTimestamp();
            _kept.RemoveAll(one => time.GetElapsedTime(one.Since, now) > KeptFor);
            if (_kept.Count == KeptMax) _kept.RemoveAt(0);
            _kept.Add((view, now));
            view.Retire();
        }
    }
}
