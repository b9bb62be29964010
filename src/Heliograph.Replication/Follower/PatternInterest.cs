// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Heads;
using Heliograph.Core.Replicas;
using Heliograph.Replication.Replicas;

namespace Heliograph.Replication.Following;

/// <summary>Wants every namespace that a pattern covers: those held already, those that parents name, those that are made later; no longer those that are proven to be deleted.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class PatternInterest : INamespaceObserver, IDisposable
{
    private readonly Lock _sync = new();
    private readonly SortedDictionary<NamespaceName, IDisposable> _wants = [];
    private readonly Follower _follower;
    private readonly IDisposable _observation, _names;
    private bool _isDisposed;

    public PatternInterest(Follower follower, IReadOnlyList<NamespacePattern> patterns)
    {
        _follower = follower;
        _observation = follower.Observe(this);
        _names = follower.Names.WantNames(patterns, Add);
        foreach (var name in follower.Names.NamesAfter(patterns, after: null, int.MaxValue)) Add(name); // what lies on disk is kept without anyone's word
    }

    /// <inheritdoc/>
    public void OnChanged(NamespaceVersion version) { }

    /// <inheritdoc/>
    public void OnHead(SignedHead head) { }

    /// <inheritdoc/>
    public void OnGone(NamespaceGone gone)
    {
        if (gone is not { Code: "deleted", Head: not null }) return; // without a proof it is asked for again
        IDisposable? want;
        lock (_sync) _wants.Remove(gone.Name, out want);
        want?.Dispose();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        List<IDisposable> wants;
        lock (_sync)
        {
            (_isDisposed, wants) = (true, [.. _wants.Values]);
            _wants.Clear();
        }
        _names.Dispose();
        _observation.Dispose();
        foreach (var want in wants) want.Dispose();
    }

    private void Add(NamespaceName name)
    {
        lock (_sync)
            if (!_isDisposed && !_wants.ContainsKey(name)) _wants[name] = _follower.Want(name);
    }
}
