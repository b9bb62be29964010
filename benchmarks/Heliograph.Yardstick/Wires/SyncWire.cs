// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Diagnostics;
using Google.Protobuf;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;
using Heliograph.Yardstick.Load;
using Subscription = Heliograph.Protocol.Wire.Subscription;

namespace Heliograph.Yardstick.Wires;

/// <summary>How Heliograph's subscribers behave.</summary>
/// <param name="Namespace">What they subscribe to.</param>
/// <param name="LogId">The log that they are pinned to.</param>
internal sealed record SyncPlan(string Namespace, ReadOnlyMemory<byte> LogId)
{
    /// <summary>Least time between two reports of one subscriber: the product's default.</summary>
    public TimeSpan ReportInterval { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Whether they report at all.</summary>
    public bool Reports { get; init; } = true;

    /// <summary>One subscriber in so many is verified, all of it.</summary>
    public int VerifiedOneIn { get; init; } = 100;

    /// <summary>Bytes that are kept for verifying.</summary>
    public long JournalBytesMax { get; init; } = 512L << 20;

    /// <summary>Where it is written down when a subscriber has read an update whole; <see langword="null"/>: nowhere.</summary>
    public ArrivalLog? Arrivals { get; init; }
}

/// <summary>The native envelope of the sync protocol: hello, subscribe, receive, report, obey.</summary>
/// <remarks>Every frame is checked: a delta begins where the subscriber stands, and revisions only grow. What one in a hundred received is verified afterwards, by the product's own judge.</remarks>
internal class SyncWire(SyncPlan plan) : Wire
{
    private static readonly TimeSpan BackoffFloor = TimeSpan.FromMilliseconds(250), BackoffCeiling = TimeSpan.FromSeconds(30);

    private readonly ReportDesk _reports = new(plan.Namespace, plan.ReportInterval);
    private readonly FrameJournal.Budget _budget = new(plan.JournalBytesMax);
    private readonly Random _jitter = new(20_26);
    private readonly byte[] _subscribe = Frame.Encode(FrameType.Subscribe, new Subscribe { Subscriptions = { new Subscription { Namespace = plan.Namespace } } });

    /// <summary>Reports sent.</summary>
    public long ReportsSent => _reports.Sent;

    /// <summary>Whether everything that was to be verified was kept.</summary>
    public bool IsJournalWhole => !_budget.IsExhausted;

    public override void OnConnected(Subscriber subscriber)
    {
        var state = StateOf(subscriber);
        state.Reset();
        state.Journal?.BeginConnection();
        SendFrame(subscriber, Frame.Encode(FrameType.Hello, new Hello
        {
            ProtocolMin = ProtocolVersion.Min,
            ProtocolMax = ProtocolVersion.Max,
            Instance = ReportDesk.InstanceOf(subscriber.Index),
            Role = Role.Client,
            LogId = UnsafeByteOperations.UnsafeWrap(plan.LogId),
            StatusFormat = 1,
        }));
    }

    public override void OnData(Subscriber subscriber, ReadOnlySpan<byte> data)
    {
        var state = StateOf(subscriber);
        state.Journal?.Append(data);
        while (!data.IsEmpty)
        {
            if (state.ChunkLeft > 0)
            {
                var take = Math.Min(state.ChunkLeft, data.Length);
                TakeRecords(subscriber, state, data[..take]);
                state.ChunkLeft -= take;
                data = data[take..];
                continue;
            }
            if (!state.TryCut(ref data, out var frame)) return;
            OnFrame(subscriber, state, (FrameType)frame[sizeof(uint)], frame[Frame.HeaderBytes..]);
            if (data.IsEmpty) state.Drop();
        }
    }

    public override void Speak(long now)
    {
        if (plan.Reports) _reports.Speak(now, SendFrame);
    }

    public override int MillisecondsToDue(long now) => _reports.MillisecondsToDue(now, base.MillisecondsToDue(now));

    /// <summary>As the follower does: a wait drawn below a ceiling that doubles, or what a drain asks for if that is more.</summary>
    public override TimeSpan? WaitBeforeReconnect(Subscriber subscriber, bool reconnects)
    {
        if (!reconnects) return null;
        var ceiling = Math.Min(BackoffCeiling.TotalMilliseconds, BackoffFloor.TotalMilliseconds * Math.Pow(2, Math.Min(subscriber.Failures, 20)));
        var drawn = TimeSpan.FromMilliseconds(_jitter.NextDouble() * ceiling);
        return StateOf(subscriber).DrainWait is { } asked && asked > drawn ? asked : drawn;
    }

    /// <summary>Sends a whole frame in this envelope.</summary>
    protected virtual void SendFrame(Subscriber subscriber, ReadOnlySpan<byte> frame) => subscriber.Send(frame);

    protected SyncState StateOf(Subscriber subscriber)
    {
        if (subscriber.State is SyncState known) return known;
        var state = new SyncState();
        if (subscriber.Index % plan.VerifiedOneIn == plan.VerifiedOneIn / 2 || subscriber.Recorder.Subscribers <= plan.VerifiedOneIn) state.Journal = new FrameJournal(_budget);
        subscriber.State = state;
        return state;
    }

    /// <summary>Takes a frame; of a chunk perhaps only its beginning.</summary>
    protected void OnFrame(Subscriber subscriber, SyncState state, FrameType type, ReadOnlySpan<byte> message)
    {
        switch (type)
        {
            case FrameType.Welcome:
                SendFrame(subscriber, state.Position == Revision.None ? _subscribe : SubscribeFrom(state.Position));
                break;
            case FrameType.Update:
                OnUpdate(subscriber, state, message);
                break;
            case FrameType.UpdateChunk:
                OnChunk(subscriber, state, message);
                break;
            case FrameType.Freshness:
                state.Freshness++;
                var fields = new FieldReader(message);
                while (fields.Next())
                    if (fields.Field == 3) ReportDesk.Spread(state, fields.Number);
                break;
            case FrameType.Drain:
                var asked = TimeSpan.FromMilliseconds(Math.Min(Drain.Parser.ParseFrom(message).NotBeforeMs, 120_000));
                (state.DrainWait, subscriber.NotBefore) = (asked, Stopwatch.GetTimestamp() + (long)(asked.TotalSeconds * Stopwatch.Frequency));
                subscriber.SentAway++;
                break;
            case FrameType.Refused:
                var refused = Refused.Parser.ParseFrom(message);
                subscriber.Recorder.Fault($"subscriber {subscriber.Index} was refused: {refused.Code}. {refused.Detail}");
                break;
            default:
                subscriber.Recorder.Fault($"subscriber {subscriber.Index}: a frame of type {(byte)type}");
                break;
        }
    }

    private void OnUpdate(Subscriber subscriber, SyncState state, ReadOnlySpan<byte> message)
    {
        if (!UpdateView.TryRead(message, out var update))
        {
            subscriber.Recorder.Fault($"subscriber {subscriber.Index}: an update that is malformed");
            return;
        }
        if (!update.IsSnapshot && update.Base != state.Position)
            subscriber.Recorder.Fault($"subscriber {subscriber.Index} stands at {state.Position} and got a delta from {update.Base}");
        if (!update.Revision.IsAfter(state.Position))
            subscriber.Recorder.Fault($"subscriber {subscriber.Index} stands at {state.Position} and got {update.Revision}: backwards");
        _reports.Learn(update.Revision, update.StateRoot);
        (state.Promised, state.StreamLeft) = (update.Revision, update.StreamBytes);
        subscriber.Floor = subscriber.IsReady ? subscriber.Newest : long.MaxValue; // the first snapshot is no delivery, and later ones repeat what it had
        TakeRecords(subscriber, state, update.Records);
    }

    private void OnChunk(Subscriber subscriber, SyncState state, ReadOnlySpan<byte> message)
    {
        var fields = new FieldReader(message);
        while (fields.Next())
        {
            if (fields.Field != 3) continue;
            state.ChunkLeft = (int)fields.Number - fields.Bytes.Length;
            TakeRecords(subscriber, state, fields.Bytes);
        }
    }

    private void TakeRecords(Subscriber subscriber, SyncState state, ReadOnlySpan<byte> records)
    {
        subscriber.Scan(records);
        state.StreamLeft -= records.Length;
        if (state.StreamLeft < 0) subscriber.Recorder.Fault($"subscriber {subscriber.Index}: more records than were announced");
        if (state.StreamLeft != 0) return;
        state.Position = state.Promised;
        plan.Arrivals?.Applied(subscriber.Index, state.Position);
        if (plan.Reports) _reports.Applied(subscriber, state);
        subscriber.MarkReady();
    }

    private byte[] SubscribeFrom(Revision position) =>
        Frame.Encode(FrameType.Subscribe, new Subscribe { Subscriptions = { new Subscription { Namespace = plan.Namespace, Cursor = position.ToWire() } } });
}
