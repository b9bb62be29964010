// SPDX-License-Identifier: Apache-2.0
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Heliograph.Chaos.Checker.Histories;
using Heliograph.Chaos.Recording;

namespace Heliograph.Chaos.Traffic;

/// <summary>Authors and readers who never stop, at every endpoint; all that they do is recorded.</summary>
internal sealed class Crowd : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new(), _abandon = new();
    private readonly List<Task> _running = [];
    private readonly Progress _writes = new(), _reads = new();

    public Crowd(Recorder recorder, IReadOnlyList<ApiEndpoint> endpoints, IReadOnlyList<string> namespaces, bool hasFollowers, int seed)
    {
        (Recorder, Endpoints, Namespaces, HasFollowers, Seed) = (recorder, endpoints, namespaces, hasFollowers, seed);
        foreach (var name in namespaces) Last[name] = new(1, 0);
    }

    public Recorder Recorder { get; }

    public IReadOnlyList<ApiEndpoint> Endpoints { get; }

    public IReadOnlyList<string> Namespaces { get; }

    /// <summary>Whether there are origins that do not order changes.</summary>
    public bool HasFollowers { get; }

    public int Seed { get; }

    /// <summary>The newest revision of each namespace that anyone was told of.</summary>
    public ConcurrentDictionary<string, Position> Last { get; } = new(StringComparer.Ordinal);

    /// <summary>Answers that nothing explains.</summary>
    public ConcurrentQueue<string> Unexpected { get; } = new();

    public TimeSpan LongestWriteStall => _writes.Longest;

    public TimeSpan LongestReadStall => _reads.Longest;

    public long Acknowledged => _writes.Count;

    /// <summary>No new requests any more.</summary>
    public CancellationToken Stopping => _stop.Token;

    /// <summary>Those that are under way are given up.</summary>
    public CancellationToken Abandoning => _abandon.Token;

    public Crowd Start(int authors, int readers)
    {
        for (var i = 0; i < authors; i++) _running.Add(new Author(this, i).RunAsync());
        for (var i = 0; i < readers; i++) _running.Add(new Reader(this, i).RunAsync());
        return this;
    }

    public void Wrote() => _writes.Note();

    public void WasRead() => _reads.Note();

    public void Learn(string name, Position revision) => Last.AddOrUpdate(name, revision, (_, before) => revision.CompareTo(before) > 0 ? revision : before);

    /// <summary>Waits until so many more changes were acknowledged: it goes on.</summary>
    public async Task MoreAsync(int changes, CancellationToken cancellationToken)
    {
        var target = Acknowledged + changes;
        for (var waiting = Stopwatch.StartNew(); Acknowledged < target && Unexpected.IsEmpty; await Task.Delay(20, cancellationToken))
            if (waiting.Elapsed > TimeSpan.FromSeconds(120)) throw new TimeoutException(string.Create(CultureInfo.InvariantCulture, $"Nothing is acknowledged any more: {Acknowledged} of {target}."));
    }

    /// <summary>Nobody begins anything new; what is under way is asked for until it is known, for 20 s at most.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        _abandon.CancelAfter(TimeSpan.FromSeconds(20));
        await Task.WhenAll(_running);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _abandon.CancelAsync();
        await Task.WhenAll(_running);
        _stop.Dispose();
        _abandon.Dispose();
    }
}

/// <summary>How long nothing came.</summary>
internal sealed class Progress
{
    private readonly Lock _sync = new();
    private long _at = Stopwatch.GetTimestamp();
    private TimeSpan _longest;

    public long Count { get; private set; }

    public TimeSpan Longest
    {
        get { lock (_sync) return _longest; }
    }

    public void Note()
    {
        lock (_sync)
        {
            var now = Stopwatch.GetTimestamp();
            var stall = Stopwatch.GetElapsedTime(_at, now);
            if (stall > _longest && Count > 0) _longest = stall;
            (_at, Count) = (now, Count + 1);
        }
    }
}
