// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Heads;
using Heliograph.Core.Replicas;
using Heliograph.Replication.Replicas;
using Microsoft.Extensions.Logging;

namespace Heliograph.OpenFeature.Flags;

/// <summary>The flags of one namespace as a verified copy holds them, and when they change. Thread-safe.</summary>
internal sealed class FlagStore : INamespaceObserver, IDisposable
{
    private readonly INamespaceSource _source;
    private readonly NamespaceName _name;
    private readonly string? _label;
    private readonly ILogger _logger;
    private readonly IDisposable _want, _observation;
    private readonly Lock _sync = new();
    private TaskCompletionSource _changed = NewSignal();
    private FlagSet? _set;

    public FlagStore(INamespaceSource source, NamespaceName name, string? label, ILogger logger)
    {
        (_source, _name, _label, _logger) = (source, name, label, logger);
        _observation = source.Observe(this);
        _want = source.Want(name);
    }

    /// <summary>The namespace.</summary>
    public NamespaceName Name => _name;

    /// <summary>The flags now; <see langword="null"/> if the namespace is not held (yet).</summary>
    public FlagSet? Current
    {
        get
        {
            if (_source.Find(_name) is not { } version) return null;
            lock (_sync)
            {
                if (_set is { } known && ReferenceEquals(known.Records, version.Records)) return known;
                var renewed = FlagSet.Of(version.Records, version.Revision, version.Head.IssuedAt, _label, _set);
                if (_set?.Digest != renewed.Digest)
                    foreach (var entry in renewed.All.Where(entry => entry.Flag is null && _set?.ByName.GetValueOrDefault(entry.Name)?.Digest != entry.Digest)) _logger.FlagUnreadable(entry.Name, string.Join("; ", entry.Faults));
                return _set = renewed;
            }
        }
    }

    /// <summary>The flags as soon as they are others than those of a digest; at once if they are already.</summary>
    public async Task<FlagSet> NextAsync(string? digest, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_sync) changed = _changed.Task; // before looking: what changes in between is not missed
            if (Current is { } set && set.Digest != digest) return set;
            await changed.WaitAsync(cancellationToken);
        }
    }

    /// <inheritdoc/>
    public void OnChanged(NamespaceVersion version)
    {
        if (version.Name != _name) return;
        TaskCompletionSource changed;
        lock (_sync) (changed, _changed) = (_changed, NewSignal());
        changed.TrySetResult();
    }

    /// <inheritdoc/>
    public void OnHead(SignedHead head) { }

    /// <inheritdoc/>
    /// <remarks>What was there is served no more, and comes again if the namespace does.</remarks>
    public void OnGone(NamespaceGone gone) { }

    /// <summary>Follows no more.</summary>
    public void Dispose()
    {
        _observation.Dispose();
        _want.Dispose();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
