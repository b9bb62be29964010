// SPDX-License-Identifier: Apache-2.0
using System.Collections.Immutable;
using Google.Protobuf;
using Heliograph.Core.Replicas;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.Ports;
using Heliograph.Replication.Reports;
using Microsoft.Extensions.Logging;

namespace Heliograph.Replication.Following;

/// <summary>One connection to one parent, from hello to its end: a loop that reads, one that keeps subscriptions level with interest, one that reports.</summary>
/// <remarks>The loops run side by side; whoever touches what is held has <c>_turn</c>, and nobody writes to the parent while having it.</remarks>
internal sealed class FollowerSession(
    FollowerOptions options,
    Holdings holdings,
    FreshnessMonitor freshness,
    InterestTable interest,
    NameTable names,
    Hash256 logId,
    IFleetSource reports,
    IConnection connection,
    ParentAddress parent,
    TimeProvider time,
    Random random,
    ILogger logger) : IDisposable
{
    private const int SubscriptionsPerFrame = 256, OnlyParentPatience = 4;

    private readonly FrameDecoder _decoder = new();
    private readonly AsyncSignal _interestChanged = new(), _reportChanged = new();
    private readonly SemaphoreSlim _write = new(1, 1), _turn = new(1, 1);
    private volatile ImmutableSortedSet<NamespaceName> _subscribed = []; // as the parent was told; only of these it wants reports
    private readonly long _started = time.GetTimestamp();
    private readonly UpdateReceiver _updates = new(holdings, freshness, parent, options, time, logger);
    private readonly NamePages _pages = new(names);
    private readonly TrustReceiver _trust = new(holdings, parent, logger);
    private long _reportSpreadTicks; // as the parent asked
    private double? _reportTurn; // when in a spread it is this session's turn, as a part of it
    private volatile bool _isEnded;
    private bool _isWithOwnAgent;

    public ParentAddress Parent { get; } = parent;

    /// <summary>Someone below wants a namespace more, or one less. Thread-safe.</summary>
    public void InterestChanged() => _interestChanged.Set();

    /// <summary>Once a second: lingering interests may have ended, refused updates may be asked for again, and a frozen parent is left.</summary>
    public void Tick()
    {
        _interestChanged.Set();
        // The only parent may be cut off itself and is given longer; but if it died without a word, only a new connection finds it again.
        var patience = options.Parents.Count > 1 ? options.StaleAfter : OnlyParentPatience * options.StaleAfter;
        var (lived, silent) = (time.GetElapsedTime(_started), freshness.SinceFreshHead);
        if (lived >= patience && silent >= patience) connection.Abort();
        else if (options.Parents.Count > 1 && options.FirstHeadWithin is { } within && lived >= within && silent >= lived) connection.Abort(); // it never brought one
    }

    public async Task<SessionEnd> RunAsync(CancellationToken cancellationToken)
    {
        await SendAsync(FrameType.Hello, Hello(), cancellationToken);
        if (await ReceiveWelcomeAsync(cancellationToken) is { } refused) return refused;
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var observation = reports.Observe(_reportChanged.Set);
        _interestChanged.Set();
        _reportChanged.Set();
        using var attachment = _isWithOwnAgent && options.Run is { } run ? await run.AttachAsync(frame => SendAsync(FrameType.Run, frame, ended.Token)) : null;
        var (reading, subscribing, reporting) = (ReadAsync(ended.Token), SubscribeAsync(ended.Token), ReportAsync(ended.Token));
        try
        {
            await Task.WhenAny(reading, subscribing, reporting); // whichever ends, whatever of: a session that lacks one of them would look alive
        }
        finally
        {
            _isEnded = true;
            ended.Cancel();
            connection.Abort();
            _interestChanged.Set();
            _reportChanged.Set();
        }
        try
        {
            await Task.WhenAll(subscribing, reporting);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // The connection is over; the reading loop says why.
        }
        return await reading;
    }

    private Hello Hello() => new()
    {
        ProtocolMin = ProtocolVersion.Min,
        ProtocolMax = ProtocolVersion.Max,
        Instance = options.Instance,
        Role = options.Role,
        LogId = ByteString.CopyFrom(logId.ToArray()),
        BearerToken = ByteString.CopyFrom(options.BearerToken.Span),
        StatusFormat = 1,
        TakesJoinedProofs = true,
        WantsReaderKeys = options.ReaderKeys is not null,
        Run = options.Run?.Id ?? "",
        RootVersion = holdings.Trust.Current.Roots.Version,
        Epoch = (uint)holdings.Trust.Current.Epochs.Epoch,
    };

    private async Task<SessionEnd?> ReceiveWelcomeAsync(CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(options.HelloDeadline, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            while (true)
            {
                while (_decoder.TryRead(out var type, out var message))
                {
                    if (type == FrameType.Refused) return RefusedStream(Parse(Refused.Parser, message));
                    if (type == FrameType.Drain) return new SessionEnd("asked to connect elsewhere", Parse(Drain.Parser, message));
                    if (type != FrameType.Welcome) throw new ProtocolException($"The parent answered the hello with a frame of type {(byte)type}.");
                    var welcome = Parse(Welcome.Parser, message);
                    if (welcome.Protocol is < ProtocolVersion.Min or > ProtocolVersion.Max)
                        return new SessionEnd($"the parent chose version {welcome.Protocol} of the protocol; this follower speaks {ProtocolVersion.Min} to {ProtocolVersion.Max}");
                    if (!welcome.LogId.Span.SequenceEqual(logId.ToArray())) return new SessionEnd("the parent serves another log");
                    _isWithOwnAgent = welcome.ServerRole == "agent" && Parent.IsSameHost;
                    options.Counts.SessionBegan();
                    logger.Following(Parent.Address, welcome.ServerRole, welcome.ServerId, welcome.Protocol);
                    return null;
                }
                if (!await FillAsync(either.Token)) return SessionEnd.Lost;
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new IOException($"The parent did not answer the hello within {options.HelloDeadline}.");
        }
    }

    private async Task<SessionEnd> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                while (_decoder.TryRead(out var type, out var message))
                    if (await HandleAsync(type, message, cancellationToken) is { } end) return end;
                if (!await FillAsync(cancellationToken)) return SessionEnd.Lost;
            }
        }
        catch (OperationCanceledException) when (_isEnded)
        {
            return SessionEnd.Lost;
        }
    }

    private async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        var count = await connection.ReadAsync(_decoder.GetBuffer(), cancellationToken);
        _decoder.Advance(count);
        return count > 0;
    }

    private async ValueTask<SessionEnd?> HandleAsync(FrameType type, ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(CancellationToken.None); // whoever has it ends with the connection
        try
        {
            return await JudgeAsync(type, message, cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }

    private async ValueTask<SessionEnd?> JudgeAsync(FrameType type, ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        switch (type)
        {
            case FrameType.Update:
                return After(await _updates.BeginAsync(Parse(Update.Parser, message), cancellationToken));
            case FrameType.UpdateChunk:
                return After(await _updates.ContinueAsync(Parse(UpdateChunk.Parser, message), cancellationToken));
            case FrameType.Freshness:
                var freshness = Parse(Freshness.Parser, message);
                if (freshness.ReportIntervalMs > 0) Volatile.Write(ref _reportSpreadTicks, Math.Min(TimeSpan.FromMilliseconds(freshness.ReportIntervalMs).Ticks, options.ReportSpreadMax.Ticks));
                if (_trust.IsAnythingLeft && await TrustAsync(null, cancellationToken) is { } suspicious) return suspicious;
                return After(await _updates.RefreshAsync(freshness, cancellationToken));
            case FrameType.Refused:
                var refused = Parse(Refused.Parser, message);
                if (refused.Namespace.Length == 0) return RefusedStream(refused);
                await _updates.GoneAsync(refused, cancellationToken);
                return After(new UpdateOutcome(HasChanged: true));
            case FrameType.Trust:
                return await TrustAsync(Parse(Trust.Parser, message), cancellationToken);
            case FrameType.Drain:
                return new SessionEnd("asked to connect elsewhere", Parse(Drain.Parser, message));
            case FrameType.Quarantine:
                if (_isWithOwnAgent) options.Run?.Take(Parse(Quarantine.Parser, message));
                return null;
            case FrameType.Names:
                _pages.Take(Parse(Names.Parser, message));
                _interestChanged.Set(); // the subscribing loop asks for the next page
                return null;
            case FrameType.ReaderKeys:
                foreach (var given in Parse(ReaderKeys.Parser, message).Keys)
                    if (NamespaceName.TryParse(given.Namespace, out var opened, out _) && interest.Wanted(out _).Contains(opened)) options.ReaderKeys?.Take(opened, given.Key.Memory);
                return null;
            default:
                return null; // a later version's frame: it can be nothing that is needed
        }
    }

    /// <summary>Takes roots and transitions. What was refused without them is asked for again at once.</summary>
    private async ValueTask<SessionEnd?> TrustAsync(Trust? news, CancellationToken cancellationToken)
    {
        if (news is not null) _trust.Add(news);
        var (hasChanged, leave) = await _trust.TakeAsync(cancellationToken);
        if (hasChanged)
        {
            foreach (var name in holdings.Refused) _updates.Resubscribe.Retry(name, TimeSpan.Zero);
            _interestChanged.Set();
        }
        return leave is null ? null : new SessionEnd(leave);
    }

    /// <summary>What an update's outcome means for this session: go on, ask again, or leave a parent that sends what it should not.</summary>
    private SessionEnd? After(UpdateOutcome outcome)
    {
        if (outcome.Leave is { } reason) return new SessionEnd(reason);
        if (outcome.Resubscribe is { } name)
        {
            _updates.Resubscribe.Retry(name, outcome.After);
            if (outcome.After == TimeSpan.Zero) _interestChanged.Set();
        }
        if (outcome.HasChanged) (reports as OwnReport)?.Changed();
        if (outcome.HasChanged) _reportChanged.Set(); // a tier's own refusal is part of what it says of those below
        return null;
    }

    private async Task SubscribeAsync(CancellationToken cancellationToken)
    {
        while (!_isEnded)
        {
            await _interestChanged.WaitAsync();
            if (_isEnded) return;
            if (_pages.Ask() is { } ask) await SendAsync(FrameType.Follow, ask, cancellationToken);
            var wanted = interest.Wanted(out _);
            var remove = _subscribed.Except(wanted).ToList();
            var again = _updates.Resubscribe.TakeDue();
            var add = wanted.Where(name => !_subscribed.Contains(name) || again.Contains(name))
                .OrderByDescending(name => holdings.Table.Find(name) is not null).ToList(); // what is held goes on first: a stream carries only so many, and someone may ask for names that are not
            foreach (var chunk in remove.Chunk(SubscriptionsPerFrame))
            {
                var frame = new Unsubscribe();
                foreach (var name in chunk) frame.Namespaces.Add(name.Value);
                _subscribed = _subscribed.Except(chunk);
                foreach (var name in chunk) _updates.Leave(name);
                await SendAsync(FrameType.Unsubscribe, frame, cancellationToken);
            }
            foreach (var chunk in add.Chunk(SubscriptionsPerFrame))
            {
                await SendAsync(FrameType.Subscribe, await OpenAsync(chunk, cancellationToken), cancellationToken);
                _subscribed = _subscribed.Union(chunk);
            }
            if (add.Count > 0 || remove.Count > 0) _reportChanged.Set();
        }
    }

    /// <summary>Says where each namespace stands here; what was on its way is given up. If no answer comes, it is said again.</summary>
    private async ValueTask<Subscribe> OpenAsync(NamespaceName[] names, CancellationToken cancellationToken)
    {
        var frame = new Subscribe();
        await _turn.WaitAsync(CancellationToken.None); // whoever has it ends with the connection
        try
        {
            foreach (var name in names)
            {
                var held = await holdings.OpenAsync(name, cancellationToken);
                _updates.Forget(name);
                _updates.Resubscribe.Expect(name, options.RefusedRetry);
                frame.Subscriptions.Add(new Protocol.Wire.Subscription { Namespace = name.Value, Cursor = held.Cursor.ToWire() });
            }
        }
        finally
        {
            _turn.Release();
        }
        return frame;
    }

    private async Task ReportAsync(CancellationToken cancellationToken)
    {
        var said = new StatusMemory();
        while (!_isEnded)
        {
            await _reportChanged.WaitAsync();
            if (_isEnded) return;
            var spread = new TimeSpan(Volatile.Read(ref _reportSpreadTicks));
            if (spread > options.ReportInterval) await Task.Delay(UntilTurn(spread), time, cancellationToken);
            foreach (var name in _updates.TakeUnheard()) said.Doubt(name);
            foreach (var status in said.Changes(Carried(reports.Snapshot()))) await SendAsync(FrameType.Status, status, cancellationToken);
            await Task.Delay(options.ReportInterval, time, cancellationToken);
        }
    }

    /// <summary>
    /// A parent with many followers has them spread their reports, so that one change does not bring them all at once: each has a turn of its own, once in a
    /// spread. So a report waits for one spread at most, and no more than one is sent in it.
    /// </summary>
    private TimeSpan UntilTurn(TimeSpan spread)
    {
        _reportTurn ??= random.NextDouble();
        var sinceTurn = (time.GetElapsedTime(_started) + spread - spread * _reportTurn.Value).Ticks % spread.Ticks;
        return spread - new TimeSpan(sinceTurn);
    }

    /// <summary>What is said of namespaces that this stream carries.</summary>
    private Status Carried(Status all)
    {
        var subscribed = _subscribed;
        var carried = new Status();
        carried.Namespaces.AddRange(all.Namespaces.Where(status => NamespaceName.TryParse(status.Namespace, out var name, out _) && subscribed.Contains(name)));
        return carried;
    }

    private async ValueTask SendAsync(FrameType type, IMessage message, CancellationToken cancellationToken)
    {
        await _write.WaitAsync(CancellationToken.None); // whoever writes ends with the connection
        try
        {
            await connection.WriteAsync(Frame.Encode(type, message), cancellationToken);
        }
        finally
        {
            _write.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _write.Dispose();
        _turn.Dispose();
    }

    private static SessionEnd RefusedStream(Refused refused) => new($"refused: {refused.Code}. {refused.Detail}");

    private static T Parse<T>(MessageParser<T> parser, ReadOnlyMemory<byte> message) where T : IMessage<T>
    {
        try
        {
            return parser.ParseFrom(message.Span);
        }
        catch (InvalidProtocolBufferException exception)
        {
            throw new ProtocolException($"A {typeof(T).Name} frame is malformed.", exception);
        }
    }
}
