// SPDX-License-Identifier: Apache-2.0
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Xunit;
using static Heliograph.Origin.Tests.RunningOrigin;

namespace Heliograph.Origin.Tests;

/// <summary>The scheduled scrub of a real log file on a real disk.</summary>
public sealed class ScrubTests : IDisposable
{
    private const string Needle = "needle-in-the-first-entry";

    private readonly string _directory = Directory.CreateTempSubdirectory("helio-origin-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task A_whole_log_is_found_whole_and_health_and_status_say_so()
    {
        await using var origin = await StartAsync(_directory, scrubInterval: TimeSpan.FromSeconds(1));
        await origin.SeedAsync("shop", ("a", "1"));

        var scrub = await WhenAsync(origin, found => (string)found["state"]! == "whole" && (long)found["entries"]! >= 2);

        Assert.True((long)scrub["bytes"]! > 0);
        Assert.Null(scrub["reason"]);
        Assert.Equal("whole", (string)(await SendAsync(origin.Admin, HttpMethod.Get, "/api/v1"))["scrub"]!["state"]!);
        Assert.False((bool)(await SendAsync(origin.Nobody, HttpMethod.Get, "/readyz"))["degraded"]!);
    }

    [Fact]
    public async Task A_bit_that_flips_in_an_entry_that_nobody_reads_is_found_named_and_ends_the_origin()
    {
        // Given a log that no cache holds all of, opened and verified, and a bit of its first entry that flips on the disk
        Revision damaged;
        await using (var writing = await StartAsync(_directory))
        {
            await writing.SeedAsync("shop", ("first", Needle));
            damaged = writing.Fingerprint().Revision;
            for (var i = 0; i < 12; i++) await SendAsync(writing.Admin, HttpMethod.Put, $"/api/v1/namespaces/shop/setting?key=k{i}", new JsonObject { ["value"] = new string((char)('a' + i), 900_000) });
        }
        var log = new Lines();
        await using (var origin = await StartAsync(_directory, scrubInterval: TimeSpan.FromSeconds(2), logging: builder => builder.AddProvider(log)))
        {
            FlipABit(Path.Combine(_directory, "log.db"));

            // When the scrub comes to it
            var error = await Assert.ThrowsAnyAsync<Exception>(() => origin.Host.Ended.WaitAsync(TimeSpan.FromSeconds(60), Cancel));

            // Then the origin has ended rather than go on with it, and says which entry it is
            Assert.IsNotType<TimeoutException>(error);
            await log.Damage.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
            Assert.Contains($"Entry {damaged.Sequence} ", await log.Damage.Task, StringComparison.Ordinal);
        }

        // And a new start refuses it
        Assert.Contains("damaged", (await Assert.ThrowsAnyAsync<IOException>(() => StartAsync(_directory))).Message, StringComparison.Ordinal);
    }

    /// <summary>Waits for what the probe says of the scrub.</summary>
    private static async Task<JsonObject> WhenAsync(RunningOrigin origin, Predicate<JsonObject> isSo)
    {
        for (var i = 0; i < 600; i++, await Task.Delay(100, Cancel)) // a probe is asked, it does not tell
            if ((await SendAsync(origin.Nobody, HttpMethod.Get, "/readyz"))["scrub"] is JsonObject scrub && isSo(scrub)) return scrub;
        throw new TimeoutException("The scrub did not come to that.");
    }

    private static void FlipABit(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        var at = bytes.AsSpan().IndexOf(Encoding.ASCII.GetBytes(Needle));
        Assert.True(at >= 0, "the needle is not in the file");
        file.Position = at;
        file.WriteByte((byte)(bytes[at] ^ 1));
    }

    /// <summary>Keeps the line that tells of damage.</summary>
    private sealed class Lines : ILoggerProvider, ILogger
    {
        public TaskCompletionSource<string> Damage { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (eventId.Id == 4307) Damage.TrySetResult(formatter(state, exception));
        }

        public void Dispose() { }
    }
}
