// SPDX-License-Identifier: Apache-2.0
using System.Collections.Immutable;
using Google.Protobuf;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;

namespace Heliograph.Replication.Reports;

/// <summary>The fleet as the origins of a cluster see it together: what is below this one, and what the others said last of what is below them.</summary>
/// <remarks>
/// <para>A star: an origin that follows tells the one that orders changes what is below itself, and hears in the answer of all the others. So nobody is counted twice: what came in an answer is never told on, and what
/// followers told is forgotten when this origin begins to follow.</para>
/// <para>Thread-safe. What was not said again for <see cref="KeptFor"/> is forgotten: its origin is gone, and its subscribers are on their way to others.</para>
/// </remarks>
/// <param name="own">What is below this origin.</param>
/// <param name="time">The clock.</param>
public sealed class SharedFleet(ReportFold own, TimeProvider time) : IFleetSource
{
    /// <summary>How long an origin's word counts.</summary>
    public static readonly TimeSpan KeptFor = TimeSpan.FromSeconds(10);

    /// <summary>Most origins whose word is kept.</summary>
    public const int OriginsMax = 16;

    private readonly Lock _sync = new();
    private readonly Dictionary<string, Word> _words = new(StringComparer.Ordinal); // one per follower, or one of the sequencer under its own name
    private bool _isOfSequencer; // whether the one word is an answer: of everyone else
    private ImmutableArray<Action> _observers = [];

    /// <summary>Of an origin that follows: takes what it says of what is below itself.</summary>
    /// <returns>What is below all the others, this one included.</returns>
    /// <exception cref="ProtocolException">The bytes are no report, or count what cannot be.</exception>
    public Status Take(string origin, ReadOnlySpan<byte> report)
    {
        var word = Checked(report);
        Status answer;
        lock (_sync)
        {
            if (_isOfSequencer) _words.Clear(); // this origin orders changes now
            _isOfSequencer = false;
            ForgetOld();
            if (!_words.ContainsKey(origin) && _words.Count >= OriginsMax) throw new ProtocolException($"The word of {OriginsMax} origins is kept already; a cluster has no more.");
            _words[origin] = word;
            answer = Together(except: origin);
        }
        Tell();
        return answer;
    }

    /// <summary>At an origin that follows: takes what the one that orders changes answered.</summary>
    /// <exception cref="ProtocolException">The bytes are no report, or count what cannot be.</exception>
    public void TakeAnswer(string sequencer, ReadOnlySpan<byte> report)
    {
        var word = Checked(report);
        lock (_sync)
        {
            _words.Clear();
            (_isOfSequencer, _words[sequencer]) = (true, word);
        }
        Tell();
    }

    /// <inheritdoc/>
    public Status Snapshot()
    {
        lock (_sync)
        {
            ForgetOld();
            return _words.Count == 0 ? own.Snapshot() : Together(except: null);
        }
    }

    /// <inheritdoc/>
    public IDisposable Observe(Action changed)
    {
        var below = own.Observe(changed);
        lock (_sync) _observers = _observers.Add(changed);
        return new Following.Subscription(() =>
        {
            below.Dispose();
            lock (_sync) _observers = _observers.Remove(changed);
        });
    }

    private Status Together(string? except)
    {
        var fold = new ReportFold(serverId: ""); // every path begins with its own origin already
        fold.Update(0, own.Snapshot().Clone()); // a fold keeps what it is given
        var next = 1L;
        foreach (var (origin, word) in _words)
            if (origin != except) fold.Update(next++, word.Status.Clone());
        return fold.Snapshot();
    }

    private void ForgetOld()
    {
        foreach (var (origin, word) in _words)
            if (time.GetElapsedTime(word.At) > KeptFor) _words.Remove(origin);
    }

    private Word Checked(ReadOnlySpan<byte> report)
    {
        try
        {
            return new(StatusIntake.Accept(Status.Parser.ParseFrom(report), new Hello { Role = Role.Relay }, static _ => true), time.GetTimestamp());
        }
        catch (InvalidProtocolBufferException)
        {
            throw new ProtocolException("The bytes are no Status message.");
        }
    }

    private void Tell()
    {
        foreach (var observer in _observers) observer();
    }

    private sealed record Word(Status Status, long At);
}
