// SPDX-License-Identifier: Apache-2.0
using Google.Protobuf;
using Heliograph.Core.Heads;
using Heliograph.Core.Replicas;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.Following;
using Heliograph.Replication.Ports;
using Heliograph.Replication.Replicas;
using Heliograph.Replication.SnapshotFiles;
using Heliograph.Simulation.Checkers;
using Heliograph.Simulation.Disk;
using Heliograph.Simulation.Faults;
using Heliograph.Simulation.Kernel;
using Heliograph.Simulation.Network;
using Microsoft.Extensions.Logging.Abstractions;
using SignedHead = Heliograph.Core.Heads.SignedHead;

namespace Heliograph.Simulation.Rotations;

/// <summary>One replica with a disk and one parent that says what it is told to, in one order; and what may never come of it.</summary>
/// <remarks>Whatever the order: no key that a root has left out counts once that root is trusted; nothing forged is trusted; nothing goes backwards, over the loss of power; what is held goes on being served; and when people have brought everything, the newest is held.</remarks>
public sealed class RotationRun : INamespaceObserver
{
    private const string Replica = "replica";

    private static readonly ParentAddress Parent = new(new Uri("tls://parent:1"));
    private static readonly TimeSpan LevelWithin = TimeSpan.FromMinutes(2), StepsWithin = TimeSpan.FromMinutes(10);

    private readonly RotationRealm _realm;
    private readonly IReadOnlyList<RotationStep> _order;
    private readonly SimScheduler _scheduler;
    private readonly SimNetwork _network;
    private readonly SimHost _replica, _parent;
    private readonly NeverBackwards _backwards = new();
    private readonly bool _endsInEpoch2;
    private Follower? _follower;
    private IConnection? _session;
    private uint _trusted = 1;
    private bool _isLevel;

    /// <summary>Sets it up.</summary>
    public RotationRun(RotationRealm realm, IReadOnlyList<RotationStep> order)
    {
        (_realm, _order, _endsInEpoch2) = (realm, order, order.Contains(RotationStep.Transition));
        _scheduler = new SimScheduler(1);
        var faults = FaultMenu.Of(_scheduler);
        _network = new SimNetwork(_scheduler, faults);
        _parent = new SimHost(_scheduler, _network, "parent", new SimDisk(_scheduler, faults, "parent"), ServeAsync);
        _replica = new SimHost(_scheduler, _network, Replica, new SimDisk(_scheduler, faults, Replica), FollowAsync);
    }

    /// <summary>Whether the thief's change was taken: it may be, by a replica that has not heard yet that the key was left out.</summary>
    public bool TookStolen { get; private set; }

    /// <summary>Runs it to its end.</summary>
    /// <exception cref="ViolationException">A promise was broken; the message begins with the order.</exception>
    public void Run()
    {
        try
        {
            _parent.Boot();
            _replica.Boot();
            _scheduler.RunUntil(() => _isLevel, StepsWithin);
            if (!_isLevel) throw new ViolationException("I10", $"{Replica} is at {Held()?.ToString() ?? "nothing"} with root {_trusted}, though everything was brought.");
        }
        catch (ViolationException violation)
        {
            throw new ViolationException(violation.Invariant, $"{string.Join(", ", _order)}: {violation.Message}");
        }
    }

    /// <inheritdoc/>
    public void OnChanged(NamespaceVersion version) => Judge(() =>
    {
        _backwards.Handed(Replica, version.Name.Value, version.Revision);
        if (version.StateRoot != _realm.Stolen.StateRoot) return;
        if (_trusted >= 3 && !TookStolen) throw new ViolationException("I5", $"{Replica} runs what a key signed that root {_trusted}, which it trusts, has left out.");
        TookStolen = true;
    });

    /// <inheritdoc/>
    public void OnHead(SignedHead head) { }

    /// <inheritdoc/>
    public void OnGone(NamespaceGone gone) => Judge(() => throw new ViolationException("I6", $"{gone.Name} is gone."));

    private Revision? Held() => _follower?.Find(RotationRealm.Name)?.Revision;

    private void Judge(Action check)
    {
        try
        {
            check();
        }
        catch (ViolationException violation)
        {
            _scheduler.Fail(violation); // the product, which calls, goes on whatever is thrown at it
        }
    }

    private async Task FollowAsync(SimHost host, SimProcess process)
    {
        var (time, options) = (process.Time, new FollowerOptions { Parents = [Parent], Role = Role.Relay, Instance = new Instance { Id = Replica }, BackoffCeiling = TimeSpan.FromSeconds(1), RefusedRetry = TimeSpan.FromSeconds(4) });
        using var files = await LastKnownGoodStore.OpenAsync(host.Disk, "", time, NullLogger.Instance, new LastKnownGoodOptions());
        using var follower = new Follower(options, _realm.Anchor, _network.DialerFor(process), files, time, _scheduler.NewRandom(Replica), NullLogger.Instance);
        using var trusting = follower.Trust.Observe(() => Judge(() => Adopted(follower.Trust.Current)));
        using var watching = follower.Observe(this);
        await follower.LoadAsync(CancellationToken.None);
        Judge(() => Loaded(follower));
        _follower = follower;
        using var want = follower.Want(RotationRealm.Name);
        await follower.RunAsync(CancellationToken.None);
    }

    private void Adopted(RealmTrust trust)
    {
        for (var version = 2u; version <= trust.Roots.Version; version++)
            if (!trust.Roots.BytesOf(version).Span.SequenceEqual(_realm.Roots.BytesOf(version).Span)) throw new ViolationException("I5", $"{Replica} trusts a root version {version} that nobody has signed.");
        if (trust.Epochs.Epoch > 1 && !trust.Epochs.Transitions[0].TransitionBytes.Span.SequenceEqual(_realm.Transition.TransitionBytes.Span)) throw new ViolationException("I5", $"{Replica} takes an end of epoch 1 for proven that nobody has signed.");
        _trusted = Math.Max(_trusted, trust.Roots.Version);
    }

    private void Loaded(Follower follower)
    {
        if (follower.Trust.Current.Roots.Version < _trusted) throw new ViolationException("I3", $"{Replica} starts with root {follower.Trust.Current.Roots.Version} after it had trusted {_trusted}.");
        var accepted = _backwards.AcceptedBy(Replica, RotationRealm.Name.Value);
        if (accepted != Revision.None && follower.Find(RotationRealm.Name)?.Revision is var held && (held is null || held.Value.IsBefore(accepted))) throw new ViolationException("I6", $"{Replica} starts with {held?.ToString() ?? "nothing"} after it had run {accepted}.");
    }

    /// <summary>The parent: takes one session after the other, and says the next thing on whichever is open.</summary>
    private Task ServeAsync(SimHost host, SimProcess process)
    {
        _network.Listen(process, async (connection, _) =>
        {
            await connection.WriteAsync(RawFrame.Of(FrameType.Welcome, new Welcome { Protocol = 1, ServerId = "parent", ServerRole = "relay", LogId = ByteString.CopyFrom(_realm.Anchor.LogId.ToArray()), HeartbeatSeconds = 10 }.ToByteArray()), CancellationToken.None);
            _session = connection;
            var buffer = new byte[4_096];
            try
            {
                while (await connection.ReadAsync(buffer, CancellationToken.None) > 0) { } // what it says is of no interest here
            }
            catch (IOException)
            {
                // It left; it will be back.
            }
            if (_session == connection) _session = null;
            connection.Abort();
        });
        return SayAsync(process.Time);
    }

    private async Task SayAsync(TimeProvider time)
    {
        while (Held() is null) await SayAsync(_realm.First, time);
        foreach (var step in _order)
        {
            _scheduler.Tell("parent", step.ToString());
            if (step == RotationStep.PowerCut)
            {
                _follower = null;
                _session = null;
                _replica.CutPower();
                _scheduler.After(TimeSpan.FromSeconds(1), _replica.Boot);
                while (_follower is null) await Task.Delay(TimeSpan.FromMilliseconds(100), time, CancellationToken.None);
                continue;
            }
            await SayAsync(_realm.FrameOf(step), time);
        }
        var last = _endsInEpoch2 ? new Revision(2, 100) : new Revision(1, 100);
        for (var began = time.GetTimestamp(); Held() != last && time.GetElapsedTime(began) < LevelWithin;)
        {
            await SayAsync(_realm.FrameOf(RotationStep.Root2), time); // what a parent does by itself for whoever says that it holds less
            await SayAsync(_realm.FrameOf(RotationStep.Root3), time);
            if (_endsInEpoch2) await SayAsync(_realm.FrameOf(RotationStep.Transition), time);
            await SayAsync(_endsInEpoch2 ? _realm.LastInEpoch2 : _realm.Last, time);
        }
        _isLevel = Held() == last;
        await new TaskCompletionSource().Task;
    }

    /// <summary>Says one thing, on the session that is open or the next one, and lets the replica think about it.</summary>
    private async Task SayAsync((FrameType Type, byte[] Message) frame, TimeProvider time)
    {
        while (true)
        {
            if (_session is { } session)
            {
                try
                {
                    await session.WriteAsync(RawFrame.Of(frame.Type, frame.Message), CancellationToken.None);
                    break;
                }
                catch (IOException)
                {
                    // It has just left: the next session hears it.
                }
            }
            await Task.Delay(TimeSpan.FromMilliseconds(100), time, CancellationToken.None);
        }
        await Task.Delay(TimeSpan.FromMilliseconds(500), time, CancellationToken.None);
    }
}
