// SPDX-License-Identifier: Apache-2.0
using Heliograph.Hosting.Stopping;
using Microsoft.Extensions.DependencyInjection;

namespace Heliograph.Hosting.Tests.Stopping;

public sealed class DrainTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_part_says_goodbye_while_connections_are_still_open()
    {
        // Given a follower, and a part that tells it goodbye when it drains
        var goodbye = new Part();
        var failing = new Part();
        await using var tier = await StartAsync(goodbye, failing);
        await using var connection = await tier.DialAsync(tier.Endpoints.All[0].ToString());
        var accepted = await tier.Acceptor.NextAsync();

        // When the host stops and one part fails
        var stopping = tier.StopAsync();
        await Task.WhenAll(goodbye.Started.Task, failing.Started.Task).WaitAsync(Cancel);
        failing.Finish.SetException(new InvalidOperationException("planted"));
        Assert.False(accepted.Token.IsCancellationRequested);
        await accepted.Connection.WriteTextAsync("drain");
        Assert.Equal("drain", await connection.ReadTextAsync(5));
        Assert.False(stopping.IsCompleted);
        goodbye.Finish.SetResult();

        // Then the host stops, and the connection with it
        await stopping;
        Assert.True(accepted.Token.IsCancellationRequested);
        Assert.True(await connection.IsClosedAsync());
    }

    [Fact]
    public async Task A_part_that_does_not_finish_is_not_waited_for_beyond_the_time()
    {
        var stuck = new Part { IgnoresItsToken = true };
        await using var tier = await StartAsync(stuck);
        var stopping = tier.StopAsync();
        await stuck.Started.Task.WaitAsync(Cancel);

        tier.Time.Advance(TimeSpan.FromSeconds(29));
        Assert.False(stopping.IsCompleted);
        Assert.False(stuck.Token.IsCancellationRequested);
        tier.Time.Advance(TimeSpan.FromSeconds(1));

        await stopping.WaitAsync(Cancel);
        Assert.True(stuck.Token.IsCancellationRequested);
    }

    private static async ValueTask<TestTier> StartAsync(params IDrainable[] parts) => await new TestTier().StartAsync(null, services =>
    {
        services.AddHeliographDrain(TimeSpan.FromSeconds(30));
        foreach (var part in parts) services.AddSingleton(part);
    }, null, "tcp://127.0.0.1:0");

    private sealed class Part : IDrainable
    {
        public TaskCompletionSource Started { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Finish { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool IgnoresItsToken { get; init; }

        public CancellationToken Token { get; private set; }

        public string Name => "part";

        public Task DrainAsync(CancellationToken cancellationToken)
        {
            Token = cancellationToken;
            Started.SetResult();
            return IgnoresItsToken ? Finish.Task : Finish.Task.WaitAsync(cancellationToken);
        }
    }
}
