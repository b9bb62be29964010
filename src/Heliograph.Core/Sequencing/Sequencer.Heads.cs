// SPDX-License-Identifier: Apache-2.0
using Google.Protobuf;
using Heliograph.Core.Heads;
using Heliograph.Core.Log;
using Heliograph.Core.State;

namespace Heliograph.Core.Sequencing;

// Heads: one for each commit, one for each heartbeat, none over what was not read back.
public sealed partial class Sequencer
{
    private ITimer? _heartbeat;
    private DateTimeOffset _lastIssuedAt = DateTimeOffset.MinValue;

    /// <summary>Makes the state that was read back the one that is served: mark, head, readers, observers, in this order.</summary>
    private async ValueTask PublishAsync(RealmState state, IReadOnlyList<LogEntry> entries)
    {
        var marking = _highWater.AdvanceAsync(state.Tip, CancellationToken.None);
        var (before, now) = (_current, new CommittedRealm(state, Sign(state))); // while the disk works
        await marking; // durable before anyone sees a head of this revision
        _current = now;
        Rearm(_options.Heartbeat);
        Tell(observer => observer.OnCommitted(before, now, entries));
    }

    /// <summary>Signs the state anew, if the store still holds exactly it. If the store does not answer, no head says that it is fresh.</summary>
    private async ValueTask BeatAsync()
    {
        _isHeadDue = false;
        Rearm(_options.Heartbeat);
        var state = _current.State;
        if (state.Revision.Sequence == 0) return;
        switch (await _store.ReadTipAsync(_stopping.Token))
        {
            case StoreAnswer<LogTip>.Done { Value: var tip } when tip.Revision == state.Revision:
                if (tip.Hash != state.Tip.Hash) throw new LogLostException($"The store now holds another entry at {tip.Revision}.");
                var head = Sign(state);
                _current = new(state, head);
                Tell(observer => observer.OnHead(head));
                break;
            case StoreAnswer<LogTip>.Done { Value: var tip }:
                if (tip.Revision.IsBefore(state.Revision)) throw Lost(tip);
                await CatchUpAsync();
                break;
            case StoreAnswer<LogTip>.Corrupt damaged:
                throw new LogLostException($"The log is damaged: {damaged.Reason}");
            default:
                Rearm(TimeSpan.FromSeconds(1)); // ask again soon: followers grow stale meanwhile, as they should
                break;
        }
    }

    private SignedHead Sign(RealmState state)
    {
        var now = _time.GetUtcNow();
        // A clock that is set back a little must not make newer heads look older: they go on by the millisecond. One that is set back far was wrong before, and its
        // time is followed: otherwise no head would be fresh until it has caught up. Followers go along with the next change, whose revision is later.
        if (now < _lastIssuedAt && _lastIssuedAt - now < _options.HeadLifetime / 2) now = _lastIssuedAt.AddMilliseconds(1);
        _lastIssuedAt = now;
        return _issuer.Sign(new Wire.Head
        {
            LogId = Bytes(state.LogId),
            Epoch = (uint)state.Revision.Epoch,
            Sequence = (ulong)state.Revision.Sequence,
            EntryHash = Bytes(state.Tip.Hash),
            DirectoryRoot = Bytes(state.Directory.Root),
            IssuedAtMs = now.ToUnixTimeMilliseconds(),
            ExpiresAtMs = (now + _options.HeadLifetime).ToUnixTimeMilliseconds(),
            HeartbeatSeconds = (uint)_options.Heartbeat.TotalSeconds,
        });
    }

    /// <summary>Lets a head be signed now, not when the next is due: after a switch of key or root.</summary>
    public void IssueHead() => RingForHead();

    private void RingForHead()
    {
        _isHeadDue = true;
        WakeUp();
    }

    private void Rearm(TimeSpan due) => _heartbeat?.Change(due, Timeout.InfiniteTimeSpan);

    private static ByteString Bytes(Hash256 hash) => UnsafeByteOperations.UnsafeWrap(hash.ToArray());
}
