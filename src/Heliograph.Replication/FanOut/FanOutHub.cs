// SPDX-License-Identifier: Apache-2.0
using Google.Protobuf;
using Heliograph.Core.Heads;
using Heliograph.Core.Replicas;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.Counting;
using Heliograph.Replication.Following;
using Heliograph.Replication.Ports;
using Heliograph.Replication.Replicas;
using Heliograph.Replication.Reports;
using Microsoft.Extensions.Logging;

namespace Heliograph.Replication.FanOut;

/// <summary>Serves a source's namespaces to subscribers: origin, relay and agent are one hub each.</summary>
/// <remarks>
/// A subscriber is a cursor per namespace, not a queue. A change is encoded once and the same bytes go to everyone who stood at the revision
/// before it; whoever is behind gets one joined delta, or a snapshot, when it can be written to again. One lock for the structure; a channel and a
/// subscriber have one each, taken in that order.
/// </remarks>
public sealed partial class FanOutHub : ISyncAcceptor, INamespaceObserver, IDisposable
{
    private readonly INamespaceSource _source;
    private readonly FanOutOptions _options;
    private readonly ISyncAuthorizer _authorizer;
    private readonly ReportFold _reports;
    private readonly TrustCell _trust;
    private readonly TimeProvider _time;
    private readonly Random _random;
    private readonly ILogger _logger;
    private readonly IDisposable _observation, _trustObservation;
    private readonly SemaphoreSlim _snapshots;
    private readonly NameListing _names;
    private readonly Lock _sync = new();
    private readonly SortedDictionary<long, Subscriber> _subscribers = [];
    private readonly BroadcastShard[] _shards;
    private readonly SortedDictionary<NamespaceName, (NamespaceChannel Channel, IDisposable Want)> _channels = [];
    private long _lastId, _freshAt;
    private bool _isDraining;

    /// <summary>Makes a hub that serves from now on.</summary>
    public FanOutHub(INamespaceSource source, TrustAnchor anchor, FanOutOptions options, ISyncAuthorizer authorizer, ReportFold reports, TimeProvider time, Random random, ILogger logger)
        : this(source, new TrustCell(anchor), options, authorizer, reports, time, random, logger)
    {
    }

    /// <summary>Makes a hub that serves from now on, and passes on the roots and transitions that come into the cell.</summary>
    public FanOutHub(INamespaceSource source, TrustCell trust, FanOutOptions options, ISyncAuthorizer authorizer, ReportFold reports, TimeProvider time, Random random, ILogger logger)
    {
        (_source, _options, _authorizer, _reports, _trust, _time, _random, _logger) = (source, options, authorizer, reports, trust, time, random, logger);
        _names = new NameListing(source, authorizer);
        _lastId = options.FirstSubscriberId;
        _shards = [.. Enumerable.Range(0, options.Shards).Select(_ => new BroadcastShard())];
        _snapshots = new SemaphoreSlim(options.SnapshotsAtOnceMax, options.SnapshotsAtOnceMax);
        _observation = source.Observe(this);
        _trustObservation = trust.Observe(OfferTrust);
    }

    /// <summary>Hears what processes of this host say of their runs; an agent's. <see langword="null"/> elsewhere: it is passed over.</summary>
    public IRunWatch? Runs { get; init; }

    /// <summary>Subscribers connected now.</summary>
    public int SubscriberCount
    {
        get
        {
            lock (_sync) return _subscribers.Count;
        }
    }

    /// <summary>What it has done, in numbers.</summary>
    public FanOutCounts Counts => _options.Counts;

    /// <summary>Long updates that are being written now, of <see cref="FanOutOptions.SnapshotsAtOnceMax"/>.</summary>
    public int SnapshotsNow => _options.SnapshotsAtOnceMax - _snapshots.CurrentCount;

    /// <summary>Serializations of updates so far, over all namespaces that someone listens to now.</summary>
    public long Encodings
    {
        get
        {
            lock (_sync) return _channels.Values.Sum(entry => entry.Channel.Encodings);
        }
    }

    /// <summary>The most bytes that wait here for any one subscriber.</summary>
    public long WaitingBytesMax
    {
        get
        {
            lock (_sync) return _subscribers.Count == 0 ? 0 : _subscribers.Values.Max(subscriber => subscriber.WaitingBytes);
        }
    }

    /// <summary>Serves until cancelled: nobody hears of a change otherwise. Ends only by cancellation.</summary>
    public Task RunAsync(CancellationToken cancellationToken) => Task.WhenAll([LookAfterAsync(cancellationToken), .. _shards.Select(shard => shard.RunAsync(cancellationToken))]);

    /// <summary>Once a second: cuts off who takes nothing, lets go of namespaces that nobody listens to.</summary>
    private async Task LookAfterAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(TimeSpan.FromSeconds(1), _time, cancellationToken);
            CutOffStalled();
            if (_options.ChannelLinger > TimeSpan.Zero) CloseIdle();
        }
    }

    private void CutOffStalled()
    {
        foreach (var subscriber in Subscribers())
        {
            if (!subscriber.IsStalled) continue;
            _options.Counts.CutOff();
            _logger.SubscriberStalled(subscriber.Name, subscriber.Connection.Peer, _options.WriteDeadline);
            subscriber.Connection.Abort();
        }
    }

    private void CloseIdle()
    {
        lock (_sync)
            foreach (var channel in _channels.Values.Select(entry => entry.Channel).ToList()) Close(channel);
    }

    /// <summary>Asks every subscriber to connect elsewhere, spread over <paramref name="window"/>, and takes no new ones.</summary>
    public void Drain(string reason, TimeSpan window)
    {
        lock (_sync) _isDraining = true;
        Entries?.Stop();
        foreach (var subscriber in Subscribers()) subscriber.Send(DrainFrame(reason, window));
    }

    /// <inheritdoc/>
    public void OnChanged(NamespaceVersion version)
    {
        NamespaceChannel? channel;
        lock (_sync) channel = _channels.TryGetValue(version.Name, out var entry) ? entry.Channel : null;
        channel?.Change(version);
        if (version.Name != NamespaceName.Realm) return;
        EnforcePolicy();
        DeliverReaderKeys(); // an access key may have been made
    }

    /// <inheritdoc/>
    public void OnHead(SignedHead head)
    {
        var now = _time.GetTimestamp();
        List<NamespaceChannel> channels;
        lock (_sync)
        {
            if (_freshAt != 0 && _time.GetElapsedTime(_freshAt, now) < head.Heartbeat * 0.9) return;
            _freshAt = now;
            channels = [.. _channels.Values.Select(entry => entry.Channel)];
        }
        var frame = HeadFrame(head);
        foreach (var channel in channels) channel.MarkProofsDue(_options.ProofIntervalUnder(head) - head.Heartbeat);
        foreach (var shard in _shards) shard.Announce(frame);
    }

    /// <inheritdoc/>
    public void OnProof(NamespaceVersion version)
    {
        NamespaceChannel? channel;
        lock (_sync) channel = _channels.TryGetValue(version.Name, out var entry) ? entry.Channel : null;
        channel?.MarkProofsDue(_options.ProofIntervalUnder(version.Head));
    }

    /// <inheritdoc/>
    public void OnGone(NamespaceGone gone)
    {
        lock (_sync)
        {
            if (!_channels.TryGetValue(gone.Name, out var entry)) return;
            entry.Channel.Lose(gone);
        }
        foreach (var cursor in Subscribers().Select(subscriber => subscriber.Find(gone.Name)).OfType<Cursor>()) cursor.MarkGone();
    }

    /// <summary>Gives every relay and agent the reader keys that it has not been given yet.</summary>
    public void DeliverReaderKeys()
    {
        foreach (var subscriber in Subscribers()) DeliverReaderKeys(subscriber, null);
    }

    /// <summary>Gives one subscriber the reader keys that it has not been given yet.</summary>
    internal void DeliverReaderKeys(Subscriber subscriber, IEnumerable<NamespaceName>? names)
    {
        if (_options.ReaderKeys is { } keys) new ReaderKeyDelivery(keys, _options.ReaderKeySubjects).Deliver(subscriber, names);
    }

    /// <summary>A subscriber wants a namespace, or says anew where it stands in one.</summary>
    internal void Subscribe(Subscriber subscriber, NamespaceName name, Revision position)
    {
        if (name.IsPrivate || !_authorizer.MayRead(subscriber.Peer, name))
        {
            subscriber.Deny(name, position, isNews: true); // until the policy is known here, or changes
            _authorizer.OnDenied(subscriber.Peer, name);
            return;
        }
        if (subscriber.Find(name) is { } known) subscriber.Move(known, position);
        else if (!TryAttach(subscriber, name, position)) return;
        if (_source.Find(name) is null && _source.FindGone(name) is not null) subscriber.Find(name)?.MarkGone();
    }

    private bool TryAttach(Subscriber subscriber, NamespaceName name, Revision position)
    {
        Cursor cursor;
        lock (_sync)
        {
            if (!_channels.TryGetValue(name, out var entry))
                _channels[name] = entry = (new NamespaceChannel(name, _source, _options, _shards, _time), _source.Want(name));
            cursor = new Cursor(subscriber, entry.Channel, position);
            if (!subscriber.TryAdd(cursor))
            {
                subscriber.Refuse(name, "limit");
                Close(entry.Channel);
                return false;
            }
            entry.Channel.Attach(cursor);
        }
        cursor.MarkProofDue();
        return true;
    }

    internal void Unsubscribe(Subscriber subscriber, NamespaceName name)
    {
        if (subscriber.Remove(name) is not { } cursor) return;
        lock (_sync)
        {
            cursor.Channel.Detach(cursor);
            Close(cursor.Channel);
        }
        _reports.Remove(subscriber.Id, name.Value);
    }

    internal void Follow(Subscriber subscriber, Follow asked) => _names.Follow(subscriber, asked);

    internal void Hear(Subscriber subscriber, Run run) => Runs?.Heard(subscriber.Hello, run);

    internal void Report(Subscriber subscriber, Status status) =>
        _reports.Update(subscriber.Id, StatusIntake.Accept(status, subscriber.Hello, subscriber.IsSubscribed));

    private void Close(NamespaceChannel channel)
    {
        if (!channel.IsIdle(_options.ChannelLinger) || !_channels.Remove(channel.Name, out var entry)) return;
        entry.Want.Dispose();
    }

    private void EnforcePolicy()
    {
        _names.PolicyChanged();
        foreach (var subscriber in Subscribers())
        {
            foreach (var cursor in subscriber.Cursors)
            {
                if (_authorizer.MayRead(subscriber.Peer, cursor.Channel.Name)) continue;
                Unsubscribe(subscriber, cursor.Channel.Name);
                subscriber.Deny(cursor.Channel.Name, cursor.Position, isNews: true);
            }
            foreach (var (name, position) in subscriber.TakeDenied())
            {
                if (_authorizer.MayRead(subscriber.Peer, name)) Subscribe(subscriber, name, position);
                else subscriber.Deny(name, position, isNews: false);
            }
        }
    }

    private void OfferTrust()
    {
        foreach (var subscriber in Subscribers()) subscriber.OfferTrust();
    }

    private List<Subscriber> Subscribers()
    {
        lock (_sync) return [.. _subscribers.Values];
    }

    private byte[] HeadFrame(SignedHead head) => Frame.Encode(FrameType.Freshness, new Freshness
    {
        SignedHead = UnsafeByteOperations.UnsafeWrap(head.Bytes),
        ReportIntervalMs = (uint)Math.Max(1, 1_000L * SubscriberCount / _options.ReportsPerSecondMax), // 0 would leave in force what was told when there were more
    });

    private byte[] DrainFrame(string reason, TimeSpan window)
    {
        uint wait;
        lock (_sync) wait = (uint)(_random.NextDouble() * window.TotalMilliseconds);
        return Frame.Encode(FrameType.Drain, new Drain { Reason = reason, NotBeforeMs = wait });
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _observation.Dispose();
        _trustObservation.Dispose();
        foreach (var subscriber in Subscribers()) subscriber.Connection.Abort();
        _snapshots.Dispose();
        Entries?.Dispose();
    }
}
