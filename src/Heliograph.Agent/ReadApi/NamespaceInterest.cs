// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Heads;
using Heliograph.Core.Replicas;
using Heliograph.Replication.Replicas;

namespace Heliograph.Agent.ReadApi;

/// <summary>The namespaces that processes of this host read over HTTP: followed from the first request on, and for a while after the last. Thread-safe.</summary>
/// <remarks>At most <see cref="NamespacesMax"/>; the one that was not read for longest makes room, unless somebody waits for it.</remarks>
internal sealed class NamespaceInterest : INamespaceObserver, IDisposable
{
    /// <summary>Most namespaces that are followed for readers at once.</summary>
    public const int NamespacesMax = 256;

    /// <summary>How long a namespace is followed after it was read last. 10 minutes: a process that reads every few minutes finds it here.</summary>
    public static readonly TimeSpan KeptFor = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan SweepInterval = TimeSpan.FromMinutes(1);

    private readonly INamespaceSource _source;
    private readonly TimeProvider _time;
    private readonly Lock _sync = new();
    private readonly Dictionary<NamespaceName, Entry> _entries = [];
    private readonly IDisposable _observation;
    private readonly ITimer _sweeper;

    public NamespaceInterest(INamespaceSource source, TimeProvider time)
    {
        (_source, _time) = (source, time);
        _observation = source.Observe(this);
        _sweeper = time.CreateTimer(_ => Sweep(), null, SweepInterval, SweepInterval);
    }

    /// <summary>Follows a namespace, at least until the lease is over; <see langword="null"/> if there is no room.</summary>
    public Lease? Acquire(NamespaceName name)
    {
        lock (_sync)
        {
            if (!_entries.TryGetValue(name, out var entry))
            {
                if (_entries.Count >= NamespacesMax && !MakeRoom()) return null;
                _entries[name] = entry = new Entry(_source.Want(name));
            }
            entry.Readers++;
            return new Lease(this, name, entry);
        }
    }

    /// <inheritdoc/>
    public void OnChanged(NamespaceVersion version) => Tell(version.Name, gone: null);

    /// <inheritdoc/>
    public void OnHead(SignedHead head)
    {
        // Nothing that a reader could see has changed.
    }

    /// <inheritdoc/>
    public void OnGone(NamespaceGone gone) => Tell(gone.Name, gone);

    /// <inheritdoc/>
    public void Dispose()
    {
        _sweeper.Dispose();
        _observation.Dispose();
        lock (_sync)
        {
            foreach (var entry in _entries.Values) entry.Want.Dispose();
            _entries.Clear();
        }
    }

    private void Tell(NamespaceName name, NamespaceGone? gone)
    {
        TaskCompletionSource changed;
        lock (_sync)
        {
            if (!_entries.TryGetValue(name, out var entry)) return;
            entry.Gone = gone;
            (changed, entry.Changed) = (entry.Changed, NewSignal());
        }
        changed.SetResult();
    }

    private void Sweep()
    {
        lock (_sync)
            foreach (var (name, entry) in _entries.Where(pair => pair.Value.Readers == 0 && _time.GetElapsedTime(pair.Value.ReadAt) >= KeptFor).ToList()) Drop(name, entry);
    }

    private bool MakeRoom()
    {
        var idle = _entries.Where(pair => pair.Value.Readers == 0).OrderBy(pair => pair.Value.ReadAt).FirstOrDefault();
        if (idle.Value is null) return false;
        Drop(idle.Key, idle.Value);
        return true;
    }

    private void Drop(NamespaceName name, Entry entry)
    {
        _entries.Remove(name);
        entry.Want.Dispose();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>A namespace that is followed. Everything but <see cref="Want"/> is guarded by the table's lock.</summary>
    internal sealed class Entry(IDisposable want)
    {
        public IDisposable Want { get; } = want;

        public int Readers { get; set; }

        public long ReadAt { get; set; }

        public NamespaceGone? Gone { get; set; }

        public TaskCompletionSource Changed { get; set; } = NewSignal();
    }

    /// <summary>Keeps a namespace followed until it is disposed.</summary>
    internal sealed class Lease(NamespaceInterest table, NamespaceName name, Entry entry) : IDisposable
    {
        private int _isOver;

        public NamespaceName Name => name;

        /// <summary>What is held; <see langword="null"/> for nothing.</summary>
        public NamespaceVersion? Current => table._source.Find(name);

        /// <summary>Why there is nothing, as a parent says; <see langword="null"/> if none has said so.</summary>
        public NamespaceGone? Gone
        {
            get
            {
                lock (table._sync) return entry.Gone;
            }
        }

        /// <summary>Completes at the next change. Take it before looking: what changes in between is not missed.</summary>
        public Task NextChange
        {
            get
            {
                lock (table._sync) return entry.Changed.Task;
            }
        }

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isOver, 1) == 1) return;
            lock (table._sync)
            {
                entry.Readers--;
                entry.ReadAt = table._time.GetTimestamp();
            }
        }
    }
}
