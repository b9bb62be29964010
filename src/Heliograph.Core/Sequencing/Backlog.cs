// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Core.Sequencing;

/// <summary>The submissions that wait. Namespaces take turns, and within one its authors do: whoever asks for a thousand changes waits for them, and nobody else does.</summary>
/// <remarks>
/// Bounded three times: in all, by namespace and by author; behind the bound of all there is room for who has nothing waiting yet. What waits longer than it should says that more is asked than is done; then no more is taken
/// of that author in that namespace, until the wait is short again. Of one author in one namespace the order is kept. Thread-safe.
/// </remarks>
internal sealed class Backlog(SequencerOptions options, TimeProvider time)
{
    private static readonly TimeSpan RetryStep = TimeSpan.FromSeconds(1);

    private const int RetrySteps = 4; // so that those who are sent away together do not come back together

    private const int NewcomersPart = 4; // of all the room, so much more: a few who fill it do not keep out the first change of anybody else

    private readonly Lock _sync = new();
    private readonly Dictionary<NamespaceName, Lane> _lanes = [];
    private readonly Dictionary<string, int> _ofAuthors = new(StringComparer.Ordinal);
    private readonly Queue<Lane> _turns = new();
    private int _count;
    private bool _isClosed;

    /// <summary>Whether nothing is left, and nothing more will come.</summary>
    public bool IsOver
    {
        get
        {
            lock (_sync) return _isClosed && _count == 0;
        }
    }

    /// <summary>How many wait.</summary>
    public int Count
    {
        get
        {
            lock (_sync) return _count;
        }
    }

    /// <summary>Takes a submission in.</summary>
    /// <returns>Why it is not taken in; <see langword="null"/>: it is.</returns>
    public SubmitResult? Refusal(Pending pending)
    {
        var submission = pending.Prepared.Submission;
        lock (_sync)
        {
            if (_isClosed) return new SubmitResult.Unavailable("This origin is stopping.", RetryStep);
            if (TooMuch(submission.Namespace, submission.Actor, SpreadOf(pending)) is { } refusal) return refusal;
            if (!_lanes.TryGetValue(submission.Namespace, out var lane))
            {
                _lanes[submission.Namespace] = lane = new(submission.Namespace);
                _turns.Enqueue(lane);
            }
            lane.Add(submission.Actor, pending, time.GetTimestamp());
            _ofAuthors[submission.Actor] = _ofAuthors.GetValueOrDefault(submission.Actor) + 1;
            _count++;
            return null;
        }
    }

    /// <summary>Whether one more of an author in a namespace would be too much now; takes nothing in.</summary>
    /// <param name="name">The namespace.</param>
    /// <param name="actor">The author.</param>
    /// <param name="requestId">Spreads when they may come again.</param>
    public SubmitResult.Overloaded? RefusalOf(NamespaceName name, string actor, string requestId)
    {
        lock (_sync) return _isClosed ? null : TooMuch(name, actor, SpreadOf(requestId));
    }

    /// <summary>The one whose turn it is, or <see langword="null"/>.</summary>
    public Pending? Take()
    {
        lock (_sync)
        {
            if (!_turns.TryDequeue(out var lane)) return null;
            var pending = lane.Take();
            var actor = pending.Prepared.Submission.Actor;
            if (lane.Count > 0) _turns.Enqueue(lane);
            else _lanes.Remove(lane.Name);
            if (--_ofAuthors[actor] is 0) _ofAuthors.Remove(actor);
            _count--;
            return pending;
        }
    }

    /// <summary>Takes nothing in any more.</summary>
    public void Close()
    {
        lock (_sync) _isClosed = true;
    }

    private SubmitResult.Overloaded? TooMuch(NamespaceName name, string actor, int spread)
    {
        var retryAfter = RetryStep * (1 + spread % RetrySteps);
        _lanes.TryGetValue(name, out var lane);
        var isNewcomer = lane is null && !_ofAuthors.ContainsKey(actor);
        if (_count >= options.QueueMax + (isNewcomer ? options.QueueMax / NewcomersPart : 0)) return new(retryAfter);
        return _ofAuthors.GetValueOrDefault(actor) >= options.QueueShareMax || lane?.Count >= options.QueueShareMax || lane?.WaitOf(actor, time) > options.QueueWaitMax
            ? new(retryAfter) { IsOwnShare = true }
            : null;
    }

    private static int SpreadOf(Pending pending)
    {
        Span<byte> digest = stackalloc byte[Hash256.SizeBytes];
        pending.Prepared.Digest.CopyTo(digest);
        return digest[0];
    }

    private static int SpreadOf(string requestId)
    {
        var sum = 0;
        foreach (var character in requestId) sum += character;
        return sum;
    }

    /// <summary>What waits of one namespace.</summary>
    private sealed class Lane(NamespaceName name)
    {
        private readonly Dictionary<string, Queue<(Pending Pending, long Since)>> _authors = new(StringComparer.Ordinal);
        private readonly Queue<string> _turns = new();

        public NamespaceName Name => name;

        public int Count { get; private set; }

        /// <summary>How long the author's oldest has waited.</summary>
        public TimeSpan WaitOf(string actor, TimeProvider time) => _authors.TryGetValue(actor, out var waiting) ? time.GetElapsedTime(waiting.Peek().Since) : TimeSpan.Zero;

        public void Add(string actor, Pending pending, long now)
        {
            if (!_authors.TryGetValue(actor, out var waiting))
            {
                _authors[actor] = waiting = new();
                _turns.Enqueue(actor);
            }
            waiting.Enqueue((pending, now));
            Count++;
        }

        public Pending Take()
        {
            var actor = _turns.Dequeue();
            var waiting = _authors[actor];
            var pending = waiting.Dequeue().Pending;
            if (waiting.Count > 0) _turns.Enqueue(actor);
            else _authors.Remove(actor);
            Count--;
            return pending;
        }
    }
}
