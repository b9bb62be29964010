// SPDX-License-Identifier: Apache-2.0
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http;
using Xunit;

namespace Heliograph.Cluster.Tests;

/// <summary>Authors who never stop: each changes a setting of its own, at one origin after the other, and repeats under the same key until it is told that the change stands.</summary>
internal sealed class Authors(ClusterRig rig, string name, int count) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly List<Task> _running = [];
    private long _longestStall;

    /// <summary>What was acknowledged: request id and revision.</summary>
    public ConcurrentQueue<(string RequestId, string Revision)> Acknowledged { get; } = new();

    /// <summary>Answers that were neither a success nor worth repeating.</summary>
    public ConcurrentQueue<string> Refused { get; } = new();

    /// <summary>Changes of which an author had to ask again.</summary>
    public int Repeated => _repeated;

    /// <summary>The longest time in which nobody's change was acknowledged.</summary>
    public TimeSpan LongestStall => TimeSpan.FromTicks(Interlocked.Read(ref _longestStall));

    private int _repeated;
    private long _lastAt;

    public Authors Start()
    {
        _lastAt = Stopwatch.GetTimestamp();
        for (var author = 0; author < count; author++) _running.Add(WriteAsync(author));
        return this;
    }

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_running);
    }

    /// <summary>Waits until so many more were acknowledged.</summary>
    public async Task MoreAsync(int changes)
    {
        var target = Acknowledged.Count + changes;
        await ClusterRig.EventuallyAsync(() => Task.FromResult(Acknowledged.Count >= target || !Refused.IsEmpty), $"{changes} more changes; refused: {Refused.FirstOrDefault()}");
    }

    private async Task WriteAsync(int author)
    {
        for (var i = 0; !_stop.IsCancellationRequested; i++)
        {
            var requestId = $"author-{author}-{i}";
            for (var attempt = 0; ; attempt++) // until it is known: an author who was told nothing must not go on as if it were not there
            {
                var origin = rig.Origins[(author + i + attempt) % rig.Origins.Count];
                try
                {
                    var (status, body, answer) = await origin.PutAsync(name, $"author-{author}", i.ToString(CultureInfo.InvariantCulture), requestId);
                    answer.Dispose();
                    if (status is 200 or 201)
                    {
                        Acknowledged.Enqueue((requestId, (string)body!["revision"]!));
                        NoteProgress();
                        break;
                    }
                    if (status is not (429 or 503 or 504)) Refused.Enqueue($"{requestId} at {origin.Id}: {status} {body?.ToJsonString()}");
                }
                catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException) { } // this origin is not there now
                Interlocked.Increment(ref _repeated);
                if (!Refused.IsEmpty || TestContext.Current.CancellationToken.IsCancellationRequested) return;
                await Task.Delay(50);
            }
        }
    }

    private void NoteProgress()
    {
        var now = Stopwatch.GetTimestamp();
        var stall = Stopwatch.GetElapsedTime(Interlocked.Exchange(ref _lastAt, now), now).Ticks;
        for (var longest = Interlocked.Read(ref _longestStall); stall > longest; longest = Interlocked.Read(ref _longestStall))
            if (Interlocked.CompareExchange(ref _longestStall, stall, longest) == longest) break;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }
}
