// SPDX-License-Identifier: Apache-2.0
using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Xunit;

namespace Heliograph.EndToEnd;

/// <summary>A service in Node that reads its settings through Microsoft's provider and refreshes all the time, and what it said it saw.</summary>
internal sealed class ServiceJournal : IAsyncDisposable
{
    private readonly HelioProcess _process;
    private readonly ConcurrentQueue<Seen> _seen = new();
    private readonly Task _reading;

    private ServiceJournal(HelioProcess process) => (_process, _reading) = (process, ReadAsync(process));

    /// <summary>One line: the releases that its settings were of, or the error of a refresh.</summary>
    public sealed record Seen(int[] Releases, int Settings, string? Error);

    public static string Directory => Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "..", "..", "tests", "AppConfigurationClients"));

    public IReadOnlyList<Seen> All => [.. _seen];

    /// <summary>The newest release that it has seen; -1: none yet.</summary>
    public int Release => _seen.LastOrDefault(line => line.Error is null)?.Releases.LastOrDefault(-1) ?? -1;

    public static ServiceJournal Start(string connectionString, string prefix) => new(HelioProcess.Run("node", Path.Combine(Directory, "journal.js"), connectionString, prefix));

    /// <summary>Waits until it runs with a release, or a later one.</summary>
    public async Task ReachesAsync(int release, CancellationToken cancellationToken)
    {
        for (var started = TimeProvider.System.GetTimestamp(); Release < release;)
        {
            Assert.False(_reading.IsCompleted, "The service has ended.");
            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(150), $"It runs with release {Release}, not {release}, and last said {_seen.LastOrDefault()}");
            await Task.Delay(50, cancellationToken);
        }
    }

    private async Task ReadAsync(HelioProcess process)
    {
        while (await process.ReadLineAsync(CancellationToken.None) is { } line)
        {
            var said = JsonNode.Parse(line)!;
            _seen.Enqueue(new([.. said["releases"]?.AsArray().Select(release => (int)release!) ?? []], (int?)said["settings"] ?? 0, (string?)said["error"]));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        await _reading;
    }
}
