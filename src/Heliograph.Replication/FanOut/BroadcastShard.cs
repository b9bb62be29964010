// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Replication.FanOut;

/// <summary>A part of a hub's subscribers, and the one loop that offers them what is new. As many as there are processors: each writes to its own subscribers, and no two to the same.</summary>
/// <remarks>
/// Whoever brings news only leaves a note here, so that neither a sequencer nor a follower waits for ten thousand sockets. Notes are a flag per
/// namespace and the newest head, never a queue per change.
/// </remarks>
internal sealed class BroadcastShard
{
    /// <summary>Subscribers offered a head before others on the same processor have their turn.</summary>
    private const int OffersInARow = 256;

    private readonly Lock _sync = new();
    private readonly AsyncSignal _wake = new();
    private readonly Queue<Audience> _due = new();
    private readonly Roster<Subscriber> _subscribers = new();
    private ReadOnlyMemory<byte> _head;

    public void Add(Subscriber subscriber) => _subscribers.Add(subscriber);

    public void Remove(Subscriber subscriber) => _subscribers.Remove(subscriber);

    /// <summary>Notes that an audience is to be offered something. Thread-safe.</summary>
    public void Enqueue(Audience audience, Offer offer)
    {
        lock (_sync)
        {
            var isQueued = audience.Due != Offer.None;
            audience.Due |= offer;
            if (isQueued) return;
            _due.Enqueue(audience);
        }
        _wake.Set();
    }

    /// <summary>Notes the newest head for everyone; one that was not offered yet is replaced. Thread-safe.</summary>
    public void Announce(ReadOnlyMemory<byte> frame)
    {
        lock (_sync) _head = frame;
        _wake.Set();
    }

    /// <summary>Offers what is noted, until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var ending = cancellationToken.UnsafeRegister(static wake => ((AsyncSignal)wake!).Set(), _wake);
        while (!cancellationToken.IsCancellationRequested)
        {
            await _wake.WaitAsync();
            while (!cancellationToken.IsCancellationRequested && TryTake(out var audience, out var offer, out var head))
            {
                if (audience is not null) await audience.ServeAsync(offer);
                else await AnnounceAsync(head);
            }
        }
    }

    private bool TryTake(out Audience? audience, out Offer offer, out ReadOnlyMemory<byte> head)
    {
        lock (_sync)
        {
            (offer, head) = (Offer.None, default);
            if (_due.TryDequeue(out audience)) // a change goes before a sign of life
            {
                (offer, audience.Due) = (audience.Due, Offer.None);
                return true;
            }
            (head, _head) = (_head, default);
            return head.Length > 0;
        }
    }

    private async ValueTask AnnounceAsync(ReadOnlyMemory<byte> head)
    {
        var subscribers = _subscribers.Walk();
        for (var index = 0; index < subscribers.Length; index++)
        {
            if (index > 0 && index % OffersInARow == 0) await Task.Yield();
            subscribers[index].OfferHead(head);
        }
    }
}
