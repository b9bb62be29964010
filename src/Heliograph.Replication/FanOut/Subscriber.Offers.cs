// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core;

namespace Heliograph.Replication.FanOut;

/// <content>What a shard offers: written on the spot if nothing waits and the transport takes it. A lock taken twice and one write, nothing allocated: the path of nearly every delivery.</content>
internal sealed partial class Subscriber
{
    private ValueTask? _handedOver; // a write that the transport did not take at once; whoever is busy next awaits it

    /// <summary>Offers the newest version to a cursor.</summary>
    public void OfferUpdate(Cursor cursor, ref SharedFrames frames)
    {
        if (Planted.UnboundedQueue)
        {
            Enqueue(cursor, proof: false);
            return;
        }
        if (!TryBecomeBusyFor(cursor, isProof: false, out var position, out var words)) return;
        var update = frames.After(position);
        if (update is null)
        {
            Rest();
            return;
        }
        if (update.Rest.Count > 0 || update.First.Length > SliceBytes)
        {
            Rest(cursor); // it takes its time: the pump's
            return;
        }
        Write(update.First);
        bool isSomethingLeft;
        lock (_sync)
        {
            if (cursor.Words == words) cursor.Position = update.Revision; // unless it has spoken meanwhile
            (_isBusy, isSomethingLeft) = (false, _isAnythingDue);
        }
        if (isSomethingLeft) _wake.Set();
    }

    /// <summary>Offers the newest proof to a cursor; one that is behind gets it with its update.</summary>
    public void OfferProof(Cursor cursor, ref SharedFrames frames)
    {
        if (IsWide)
        {
            Enqueue(cursor, proof: true); // it is joined with others
            return;
        }
        if (!TryBecomeBusyFor(cursor, isProof: true, out var position, out _)) return;
        var frame = frames.ProofAt(position);
        if (frame.Length > SliceBytes) Rest(cursor);
        else
        {
            if (frame.Length > 0) Write(frame);
            Rest();
        }
    }

    /// <summary>Offers the newest head.</summary>
    public void OfferHead(ReadOnlyMemory<byte> frame)
    {
        lock (_sync)
        {
            if (_isEnded) return;
            if (_isBusy || _isAnythingDue)
            {
                (_head, _isAnythingDue) = (frame, true);
                if (_awaitsPlace) _wake.Set();
                return; // the pump is awake, or whoever is busy wakes it
            }
            _isBusy = true;
        }
        Write(frame);
        Rest();
    }

    private bool TryBecomeBusyFor(Cursor cursor, bool isProof, out Revision position, out int words)
    {
        lock (_sync)
        {
            (position, words) = (cursor.Position, cursor.Words);
            if (_isEnded || cursor.IsRemoved) return false;
            if (_isBusy || _isAnythingDue)
            {
                cursor.IsProofDue |= isProof;
                Queue(cursor);
                return false; // the pump is awake, or whoever is busy wakes it
            }
            return _isBusy = true;
        }
    }

    private bool TryBecomeBusy()
    {
        lock (_sync) return !_isBusy && (_isBusy = true);
    }

    private void Write(ReadOnlyMemory<byte> frame)
    {
        options.Counts.Sent(Shard, frame.Length);
        try
        {
            var writing = Connection.WriteAsync(frame, CancellationToken.None);
            if (writing.IsCompletedSuccessfully) writing.GetAwaiter().GetResult();
            else HandOver(writing);
        }
        catch (IOException)
        {
            Connection.Abort(); // the reading loop ends with it and says goodbye
        }
    }

    private void HandOver(ValueTask writing)
    {
        Volatile.Write(ref _writingSince, time.GetTimestamp());
        lock (_sync) (_handedOver, _isAnythingDue) = (writing, true);
    }

    private async ValueTask FinishAsync(ValueTask writing)
    {
        lock (_sync) _handedOver = null;
        await writing;
        Volatile.Write(ref _writingSince, 0);
    }

    /// <summary>No longer busy; wakes the pump if there is something for it.</summary>
    private void Rest(Cursor? forPump = null)
    {
        bool isSomethingLeft;
        lock (_sync)
        {
            if (forPump is not null) Queue(forPump);
            _isBusy = false;
            isSomethingLeft = _isAnythingDue;
        }
        if (isSomethingLeft) _wake.Set();
    }
}
