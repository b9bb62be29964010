// SPDX-License-Identifier: Apache-2.0
using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Heliograph.AppConfiguration.Webhooks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using static Heliograph.AppConfiguration.Tests.Webhooks.RunningWebhooks;

namespace Heliograph.AppConfiguration.Tests.Webhooks;

/// <summary>Receivers that fail, hang, lie and come back; an origin that restarts.</summary>
public sealed class WebhookFailureTests
{
    [Fact]
    public async Task Nothing_is_sent_to_a_receiver_that_has_not_agreed_and_everything_once_it_has()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var face = await RunningFace.StartAsync();
        var (agrees, asked) = (false, 0);
        receiver.Answer = async (one, context) =>
        {
            if (!one.IsValidation || agrees) return false;
            if (++asked == 4) agrees = true;
            await context.Response.WriteAsync(asked switch { 1 => "not JSON", 2 => """{"validationResponse":"guessed"}""", _ => "[]" });
            return true;
        };
        await using var webhooks = Start(face, Hook(receiver, attemptsMax: 2));
        await face.ApplyAsync("a");
        await face.ApplyAsync("b");
        Assert.Equal(["a", "b"], Keys(await receiver.WaitAsync(2)));
        Assert.All(receiver.All.Take(5), one => Assert.True(one.IsValidation)); // attempts to ask are none to deliver: nothing was given up
        Assert.False(File.Exists(FileOf(face, "hook.dead-letters")));
    }

    [Fact]
    public async Task What_fails_is_sent_again_until_it_is_taken_and_nothing_overtakes_it()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var face = await RunningFace.StartAsync();
        var tried = 0;
        receiver.Answer = (one, context) =>
        {
            if (one.IsQuestion || ++tried > 3) return Task.FromResult(false);
            context.Response.StatusCode = tried switch { 1 => 503, 2 => 302, _ => 404 };
            if (tried == 2) context.Response.Headers.Location = "/elsewhere"; // not followed
            return Task.FromResult(true);
        };
        await using var webhooks = Start(face, Hook(receiver));
        await face.ApplyAsync("a");
        await face.ApplyAsync("b");
        var came = await receiver.WaitAsync(5);
        Assert.Equal(["a", "a", "a", "a", "b"], Keys(came));
        Assert.Equal(["0", "1", "2", "3", "0"], came.Select(one => one.Headers["aeg-delivery-count"]));
        Assert.Single(came.Take(4).Select(one => one.Headers["webhook-id"]).Distinct()); // so that a receiver can tell a repetition
    }

    [Theory]
    [InlineData(500, 3, 3)] // as often as is allowed
    [InlineData(400, 30, 1)] // the receiver will never take it
    [InlineData(413, 30, 1)]
    public async Task What_is_given_up_is_a_dead_letter_without_values_and_the_next_goes_on(int status, int attemptsMax, int attempts)
    {
        await using var receiver = await Receiver.StartAsync();
        await using var face = await RunningFace.StartAsync();
        var logs = new Logs();
        receiver.Answer = (one, context) =>
        {
            if (one.IsQuestion || !one.Body.Contains("bad", StringComparison.Ordinal)) return Task.FromResult(false);
            context.Response.StatusCode = status;
            return Task.FromResult(true);
        };
        await using var webhooks = Start(face, logs, Hook(receiver, attemptsMax: attemptsMax));
        await face.ApplyAsync("bad");
        await face.ApplyAsync("good");
        Assert.Equal([.. Enumerable.Repeat("bad", attempts), "good"], Keys(await receiver.WaitAsync(attempts + 1)));

        var letter = JsonNode.Parse(Assert.Single(File.ReadAllLines(FileOf(face, "hook.dead-letters"))))!;
        Assert.Equal((attempts, $"it answered {status}"), ((int)letter["attempts"]!, (string)letter["reason"]!));
        Assert.Equal("bad", (string)JsonNode.Parse((string)letter["body"]!)![0]!["data"]!["key"]!);
        Assert.DoesNotContain("stays here", letter.ToJsonString(), StringComparison.Ordinal);
        Assert.Single(logs.Lines, line => line.Contains("gave up 1 events", StringComparison.Ordinal));
        Assert.DoesNotContain(logs.Lines, line => line.Contains("stays here", StringComparison.Ordinal) || line.Contains("bad", StringComparison.Ordinal) || line.Contains(Convert.ToBase64String(Secret), StringComparison.Ordinal));
        if (OperatingSystem.IsWindows()) return;
        await webhooks.DisposeAsync(); // else a cursor may just be on its way to its name
        foreach (var file in Directory.GetFiles(FileOf(face, ""))) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
    }

    [Fact]
    public async Task Events_that_are_too_old_are_tried_once_more_and_then_given_up()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var face = await RunningFace.StartAsync();
        receiver.Answer = (one, context) =>
        {
            if (!one.IsQuestion) context.Response.StatusCode = 503;
            return Task.FromResult(!one.IsQuestion);
        };
        await using (Start(face, Hook(receiver))) { } // it was here once
        await face.ApplyAsync("old");
        await Task.Delay(TimeSpan.FromSeconds(1.1), RunningFace.Cancel); // the shortest age that can be set
        await using var webhooks = Start(face, Hook(receiver, giveUpAfter: TimeSpan.FromSeconds(1)));
        await receiver.WaitAsync(1);
        receiver.Answer = (_, _) => Task.FromResult(false);
        await face.ApplyAsync("new");
        Assert.Equal(["old", "new"], Keys(await receiver.WaitAsync(2)));
    }

    [Fact]
    public async Task A_receiver_that_hangs_holds_up_neither_authors_nor_other_receivers_and_gets_everything_later()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var other = await Receiver.StartAsync();
        await using var face = await RunningFace.StartAsync();
        var open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        receiver.Answer = async (one, context) =>
        {
            if (!one.IsQuestion) await open.Task.WaitAsync(context.RequestAborted);
            return false;
        };
        await using var webhooks = Start(face, Hook(receiver), Hook(other, name: "other"));
        for (var i = 0; i < 50; i++) await face.ApplyAsync($"{i}");
        await other.WaitAsync(50);
        Assert.Empty(receiver.Notifications);
        open.SetResult();
        await receiver.WaitAsync(one => one.Body.Contains("/kv/49\"", StringComparison.Ordinal));
        Assert.Equal(Enumerable.Range(0, 50).Select(i => $"{i}"), Keys(receiver.Notifications).Distinct());
    }

    [Fact]
    public async Task After_a_restart_delivery_goes_on_where_it_was_and_brings_what_was_written_meanwhile()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var face = await RunningFace.StartAsync();
        await face.ApplyAsync("before anyone listened");
        await using (Start(face, Hook(receiver, batchMax: 2)))
        {
            await face.ApplyAsync("a", "b", "c");
            await receiver.WaitAsync(2);
        }
        await face.ApplyAsync("d");

        // When it stops in the middle of a changeset: the second batch is not taken
        receiver.Answer = (one, context) =>
        {
            if (!one.Body.Contains("/kv/g", StringComparison.Ordinal)) return Task.FromResult(false);
            context.Response.StatusCode = 503;
            return Task.FromResult(true);
        };
        await using (Start(face, Hook(receiver, batchMax: 2)))
        {
            await face.ApplyAsync("e", "f", "g");
            await receiver.WaitAsync(one => one.Body.Contains("/kv/g", StringComparison.Ordinal));
        }
        receiver.Answer = (_, _) => Task.FromResult(false);
        receiver.All.Clear();

        // Then the rest comes, and what was taken does not come again
        await using var webhooks = Start(face, Hook(receiver, batchMax: 2));
        await face.ApplyAsync("h");
        Assert.Equal(["g", "h"], Keys(await receiver.WaitAsync(2)));
    }

    [Fact]
    public async Task A_webhook_that_comes_late_hears_of_what_comes_then()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var face = await RunningFace.StartAsync();
        await face.ApplyAsync("a");
        await using var webhooks = Start(face, Hook(receiver));
        await face.ApplyAsync("b");
        Assert.Equal(["b"], Keys(await receiver.WaitAsync(1)));
    }

    private static IEnumerable<string> Keys(IEnumerable<Received> came) => came.SelectMany(one => JsonNode.Parse(one.Body)!.AsArray()).Select(one => (string)one!["data"]!["key"]!);

    private sealed class Logs : ILoggerFactory, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider) { }

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Lines.Enqueue($"{formatter(state, exception)} {exception}");

        public void Dispose() { }
    }
}
