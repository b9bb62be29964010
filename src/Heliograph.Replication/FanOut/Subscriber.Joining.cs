// SPDX-License-Identifier: Apache-2.0
using Google.Protobuf;
using Heliograph.Core.Replicas;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;

namespace Heliograph.Replication.FanOut;

/// <content>Proofs of a stream of many namespaces: those that become due together go out as one, for alone each would carry the head and the upper half of the tree once more.</content>
internal sealed partial class Subscriber
{
    private List<Cursor>? _gathered; // proofs that are due; a cursor that comes twice is proven once
    private bool _isJoinDue; // they have been gathered for long enough

    private bool IsWide => Hello.TakesJoinedProofs && _cursors.Count >= options.JoinedProofsMin; // a count that is a moment old does no harm

    private void Gather(Cursor cursor)
    {
        lock (_sync)
        {
            if (_gathered is not null)
            {
                _gathered.Add(cursor);
                return;
            }
            _gathered = [cursor];
        }
        _ = JoinLaterAsync();
    }

    private async Task JoinLaterAsync()
    {
        await Task.Delay(options.JoinedProofsGather, time);
        lock (_sync) _isJoinDue = _isAnythingDue = true;
        _wake.Set();
    }

    private async ValueTask WriteJoinedAsync(CancellationToken cancellationToken)
    {
        List<(Cursor Cursor, Revision Position)> due;
        lock (_sync)
        {
            due = [.. _gathered!.Where(cursor => !cursor.IsRemoved).Distinct().Select(cursor => (cursor, cursor.Position))];
            (_gathered, _isJoinDue) = (null, false);
        }
        foreach (var joined in Core.Replicas.JoinedProofs.Of(due.Select(one => one.Cursor.Channel.ProvenAt(one.Position)).OfType<NamespaceVersion>()))
        {
            await WriteAsync(FrameOf(joined), cancellationToken);
            await WriteWaitingAsync(cancellationToken);
        }
    }

    private static byte[] FrameOf(Core.Replicas.JoinedProofs joined)
    {
        var message = new Protocol.Wire.JoinedProofs { Proof = UnsafeByteOperations.UnsafeWrap(joined.Proof) };
        foreach (var state in joined.States) message.NamespaceStates.Add(UnsafeByteOperations.UnsafeWrap(state));
        return Frame.Encode(FrameType.Freshness, new Freshness { SignedHead = UnsafeByteOperations.UnsafeWrap(joined.Head.Bytes), Joined = message });
    }
}
