// SPDX-License-Identifier: Apache-2.0
using System.Text.Json.Nodes;
using Heliograph.Chaos.Checker.Histories;
using Heliograph.Chaos.Recording;

namespace Heliograph.Chaos.Rigs;

/// <summary>Asks a replica again and again whether it is stale, and records what it says.</summary>
internal sealed class FreshnessPoll : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(1) };
    private readonly Task _polling;

    public FreshnessPoll(Recorder recorder, string process, Uri address) => _polling = PollAsync(recorder, process, new(address, "/api/v1/replica"));

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _polling;
        _http.Dispose();
        _stop.Dispose();
    }

    private async Task PollAsync(Recorder recorder, string process, Uri address)
    {
        while (!_stop.IsCancellationRequested)
        {
            var asked = recorder.Now;
            try
            {
                var answer = JsonNode.Parse(await _http.GetStringAsync(address, _stop.Token))!;
                recorder.Add(new Freshness(process, asked, (bool)answer["stale"]!));
            }
            catch (Exception exception) when (exception is HttpRequestException or System.Net.Sockets.SocketException or OperationCanceledException)
            {
                // It is not there now, and so says nothing.
            }
            await Task.WhenAny(Task.Delay(250, _stop.Token));
        }
    }
}
