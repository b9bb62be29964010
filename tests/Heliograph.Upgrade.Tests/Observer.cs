// SPDX-License-Identifier: Apache-2.0
using System.Globalization;

namespace Heliograph.Upgrade.Tests;

/// <summary>A program beside an agent that reads without end and notices every step backwards.</summary>
internal sealed class Observer : IAsyncDisposable
{
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(5) };
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _reading;
    private readonly Uri _value;
    private readonly List<string> _backwards = [];

    public Observer(Uri agent)
    {
        _value = new(agent, "/api/v1/namespaces/load/value?key=Number");
        _reading = ReadAsync();
    }

    /// <summary>The newest number seen.</summary>
    public int Seen { get; private set; }

    /// <summary>How many answers there were.</summary>
    public int Answers { get; private set; }

    /// <summary>What went backwards.</summary>
    public IReadOnlyList<string> Backwards => _backwards;

    private async Task ReadAsync()
    {
        var newest = 0L;
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                using var answer = await _http.GetAsync(_value, _stop.Token);
                if (!answer.IsSuccessStatusCode) continue;
                var (revision, number) = (long.Parse(answer.Headers.GetValues("Heliograph-Revision").Single().Split('.')[1], CultureInfo.InvariantCulture), int.Parse(await answer.Content.ReadAsStringAsync(_stop.Token), CultureInfo.InvariantCulture));
                if (revision < newest || number < Seen) _backwards.Add($"{newest} ({Seen}) → {revision} ({number})");
                (newest, Seen, Answers) = (revision, number, Answers + 1);
                await Task.Delay(5, _stop.Token);
            }
            catch (HttpRequestException)
            {
                await Task.Delay(20); // its agent is being upgraded
            }
            catch (OperationCanceledException) when (!_stop.IsCancellationRequested)
            {
                // no answer in time; ask again
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _reading;
        _http.Dispose();
        _stop.Dispose();
    }
}
