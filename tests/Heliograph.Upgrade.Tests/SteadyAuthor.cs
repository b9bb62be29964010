// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Xunit;

namespace Heliograph.Upgrade.Tests;

/// <summary>An author who counts up without end: each number under one idempotency key, repeated until it is acknowledged.</summary>
internal sealed class SteadyAuthor : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20), AnswerMax = TimeSpan.FromSeconds(30);

    private readonly HttpClient _api;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _writing;

    public SteadyAuthor(HttpClient api)
    {
        _api = api;
        _writing = WriteAsync();
    }

    /// <summary>The newest number that was acknowledged.</summary>
    public int Acknowledged { get; private set; }

    /// <summary>The revisions of all of them.</summary>
    public List<string> Revisions { get; } = [];

    /// <summary>The longest time from the first try of a number to its acknowledgement.</summary>
    public TimeSpan LongestWait { get; private set; }

    /// <summary>How often a try came to nothing.</summary>
    public int Refused { get; private set; }

    /// <summary>The numbers for which a try came to nothing.</summary>
    public SortedSet<int> NumbersRefused { get; } = [];

    /// <summary>Waits until so many more are acknowledged.</summary>
    public Task AdvanceAsync(int numbers)
    {
        var goal = Acknowledged + numbers;
        return MixedFleet.EventuallyAsync(() => _writing.IsFaulted ? throw _writing.Exception : Task.FromResult(Acknowledged >= goal), () => $"the author comes to {goal}; it is at {Acknowledged}");
    }

    private async Task WriteAsync()
    {
        for (var number = 1; !_stop.IsCancellationRequested; number++)
        {
            var waiting = Stopwatch.StartNew();
            string? revision;
            while ((revision = await TryAsync(number)) is null)
            {
                Refused++;
                NumbersRefused.Add(number);
                if (waiting.Elapsed > TimeSpan.FromMinutes(2)) throw new InvalidOperationException($"{number} was not written within two minutes.");
                await Task.Delay(Pause);
            }
            Revisions.Add(revision);
            Acknowledged = number;
            if (waiting.Elapsed > LongestWait) LongestWait = waiting.Elapsed;
            await Task.Delay(Pause);
        }
    }

    private async Task<string?> TryAsync(int number)
    {
        using var inTime = new CancellationTokenSource(AnswerMax);
        using var request = new HttpRequestMessage(HttpMethod.Put, new Uri("/api/v1/namespaces/load/setting?key=Number", UriKind.Relative));
        request.Headers.Add("Idempotency-Key", $"number-{number}");
        request.Content = new StringContent(new JsonObject { ["value"] = number.ToString(CultureInfo.InvariantCulture) }.ToJsonString(), Encoding.UTF8, "application/json");
        try
        {
            using var answer = await _api.SendAsync(request, inTime.Token);
            if (answer.IsSuccessStatusCode) return (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync(inTime.Token))!["revision"]!;
            Assert.True((int)answer.StatusCode is 503 or 504 or 502 or 429, $"A change was refused for good: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(inTime.Token)}");
            return null;
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException or IOException)
        {
            return null; // cut off: perhaps written; the same key makes that no matter
        }
    }

    /// <summary>Ends it when its last number is acknowledged.</summary>
    public async Task EndAsync()
    {
        await _stop.CancelAsync();
        await _writing;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _writing.ContinueWith(_ => { }, TaskScheduler.Default); // the test has said what went wrong
        _stop.Dispose();
    }
}
