// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Heads;
using Heliograph.Core.Replicas;
using Heliograph.Protocol;
using Heliograph.Replication.Ports;
using Heliograph.Replication.Replicas;
using Heliograph.Replication.Reports;
using Microsoft.Extensions.Logging;

namespace Heliograph.Replication.Following;

/// <summary>Keeps a verified copy of namespaces level with a parent, whichever of them answers, for as long as the process lives. Relay, agent and client are followers.</summary>
/// <remarks>
/// What is held keeps serving whatever breaks above. Everything received passes <see cref="HeadGate"/> and <see cref="NamespaceReplica"/>, is made
/// durable, and only then is visible. Start it with <see cref="LoadAsync"/>, which needs nobody, then <see cref="RunAsync"/>.
/// </remarks>
public sealed class Follower : INamespaceSource, IDisposable
{
    private static readonly TimeSpan RenewedAfter = TimeSpan.FromSeconds(1); // who asks for a new connection sooner is failing, or makes its followers spin

    private readonly FollowerOptions _options;
    private readonly IDialer _dialer;
    private readonly TimeProvider _time;
    private readonly Random _random;
    private readonly ILogger _logger;
    private readonly ParentRotation _rotation;
    private readonly InterestTable _interest;
    private readonly HeadVerifier _verifier;
    private readonly IFleetSource? _reports;
    private readonly NameTable _names;
    private readonly bool _ownsVerifier;
    private FollowerSession? _session;

    /// <summary>Makes a follower; nothing starts yet.</summary>
    /// <param name="options">Parents, identity, waits.</param>
    /// <param name="anchor">What is trusted.</param>
    /// <param name="dialer">How parents are reached.</param>
    /// <param name="store">Where the last-known-good is kept.</param>
    /// <param name="time">The clock.</param>
    /// <param name="random">Jitter; used by the follower's loop and its one session, never at the same time.</param>
    /// <param name="logger">Where it tells.</param>
    /// <param name="reports">What is reported upward; <see langword="null"/>: this follower is an instance itself and reports what it holds.</param>
    /// <param name="verifier">Checks heads for several followers of one thread: bytes that one of them has verified are verified for all. It outlives this follower. <see langword="null"/>: it has its own.</param>
    public Follower(FollowerOptions options, TrustAnchor anchor, IDialer dialer, IReplicaStore store, TimeProvider time, Random random, ILogger logger, IFleetSource? reports = null, HeadVerifier? verifier = null)
        : this(options, verifier?.Trust ?? new TrustCell(anchor), dialer, store, time, random, logger, reports, verifier)
    {
    }

    /// <summary>Makes a follower over a cell that others of the process share; what it learns of roots and epochs is in it.</summary>
    public Follower(FollowerOptions options, TrustCell trust, IDialer dialer, IReplicaStore store, TimeProvider time, Random random, ILogger logger, IFleetSource? reports = null, HeadVerifier? verifier = null)
    {
        if (options.Parents.Count == 0) throw new ArgumentException("A follower needs at least one parent, and two to outlive the loss of one.", nameof(options));
        (_options, _dialer, _time, _random, _logger) = (options, dialer, time, random, logger);
        _reports = reports is null ? null : new TierReport(reports, options.Instance.Id, name => Holdings!.Find(name)?.Refused?.ToWire());
        _rotation = new ParentRotation(options, random);
        _interest = new InterestTable(time, options.Linger);
        (_verifier, _ownsVerifier) = (verifier ?? new HeadVerifier(trust), verifier is null);
        Holdings = new Holdings(new HeadGate(_verifier, new TrustedClock(time)), _verifier, store, time, logger);
        _names = new NameTable(() => Versions.Keys, () => _session?.InterestChanged());
        Holdings.Table.Observe(_names);
        Freshness = new FreshnessMonitor(options, time);
        OwnReport = new OwnReport(options, Holdings, _interest, Freshness);
    }

    /// <summary>How fresh what is held is, by the monotonic clock.</summary>
    public FreshnessMonitor Freshness { get; }

    /// <summary>What it has done, in numbers.</summary>
    public Counting.FollowerCounts Counts => _options.Counts;

    /// <summary>What is trusted: the pinned root, and what has followed.</summary>
    public TrustCell Trust => _verifier.Trust;

    /// <summary>What this follower would report of itself as an instance.</summary>
    public OwnReport OwnReport { get; }

    /// <summary>The parent that is connected now, or <see langword="null"/>.</summary>
    public ParentAddress? ConnectedParent => _session?.Parent;

    /// <inheritdoc/>
    public SignedHead? NewestHead => Holdings.Table.NewestHead;

    /// <summary>Everything held, by name.</summary>
    public IReadOnlyDictionary<NamespaceName, NamespaceVersion> Versions => Holdings.Table.Versions;

    /// <summary>How many namespaces have an update that is refused and asked for again: it is not acceptable here, or could not be made durable.</summary>
    public int RefusedCount => Holdings.RefusedCount;

    internal Holdings Holdings { get; }

    /// <inheritdoc/>
    public NamespaceVersion? Find(NamespaceName name) => Holdings.Table.Find(name);

    /// <inheritdoc/>
    public NamespaceGone? FindGone(NamespaceName name) => Holdings.Table.FindGone(name);

    /// <inheritdoc/>
    public IDisposable Want(NamespaceName name) => _interest.Hold(name, () => _session?.InterestChanged());

    /// <summary>Wants every namespace that a pattern covers, those made later included, until it is proven to be deleted.</summary>
    /// <returns>Dispose it to end the interest.</returns>
    public IDisposable WantUnder(IReadOnlyList<NamespacePattern> patterns) => new PatternInterest(this, patterns);

    /// <inheritdoc/>
    public INamespaceDirectory Names => _names;

    /// <inheritdoc/>
    public IDisposable Observe(INamespaceObserver observer) => Holdings.Table.Observe(observer);

    /// <summary>Reads the last-known-good from disk. Needs no network, no right clock and no valid certificate; damaged files are set aside and named in the log.</summary>
    public Task LoadAsync(CancellationToken cancellationToken) => Holdings.LoadAsync(cancellationToken);

    /// <summary>Follows until cancelled. Ends only by cancellation.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var housekeeping = HousekeepAsync(ended.Token);
        try
        {
            while (true)
            {
                var wait = await FollowOnceAsync(cancellationToken);
                await Task.Delay(wait, _time, cancellationToken);
            }
        }
        finally
        {
            ended.Cancel();
            await IgnoreCancellation(housekeeping);
        }
    }

    private async Task<TimeSpan> FollowOnceAsync(CancellationToken cancellationToken)
    {
        var parent = _rotation.Current;
        var started = _time.GetTimestamp();
        Exception? failure = null;
        var end = SessionEnd.Lost;
        try
        {
            await using var connection = await _dialer.ConnectAsync(parent, cancellationToken);
            using var session = new FollowerSession(_options, Holdings, Freshness, _interest, _names, _verifier.Anchor.LogId, _reports ?? OwnReport, connection, parent, _time, _random, _logger);
            _session = session;
            end = await session.RunAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            failure = exception; // whatever breaks the following never stops the serving, nor the next try; and breaking while this is told to stop is no failure
            if (exception is not (IOException or ProtocolException)) _logger.FollowingBroke(exception, parent.Address);
        }
        finally
        {
            _session = null;
        }
        cancellationToken.ThrowIfCancellationRequested();
        var lived = _time.GetElapsedTime(started);
        if (end.Drain is { Here: true } && lived >= RenewedAfter && Freshness.SinceFreshHead < lived) // a parent that says nothing fresh is not come back to, however politely it asks
        {
            Counts.SessionRenewed();
            _logger.ConnectionRenewed(parent.Address, end.Drain.Reason);
            return _rotation.Renew();
        }
        Counts.SessionEnded();
        var wait = end.Drain is { } drain
            ? _rotation.Drain(lived, drain.Alternates, TimeSpan.FromMilliseconds(drain.NotBeforeMs))
            : _rotation.Fail(lived);
        _logger.ParentLost(failure is IOException or ProtocolException ? null : failure, parent.Address, end.Reason ?? failure?.Message ?? "the connection ended", NewestHead?.Revision ?? Revision.None, _rotation.Current.Address, wait);
        return wait;
    }

    private async Task HousekeepAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(TimeSpan.FromSeconds(1), _time, cancellationToken);
            if (Freshness.Tick(Holdings.Table.Versions.Keys)) OwnReport.Changed();
            _session?.Tick();
        }
    }

    private static async Task IgnoreCancellation(Task task)
    {
        try
        {
            await task;
        }
        catch (OperationCanceledException)
        {
            // The loop ended because it was told to.
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_ownsVerifier) _verifier.Dispose();
    }
}
