// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Log;
using Heliograph.Simulation.Faults;
using Heliograph.Simulation.Kernel;

namespace Heliograph.Simulation.Log;

/// <summary>A process's way to the log server: calls that take time, and whose requests or answers may be lost.</summary>
/// <param name="scheduler">The world.</param>
/// <param name="faults">What may go wrong.</param>
/// <param name="process">Who calls.</param>
/// <param name="server">Finds the server that runs now, or <see langword="null"/>.</param>
public sealed class SimLogStore(SimScheduler scheduler, FaultMenu faults, SimProcess process, Func<SimLogServer?> server) : ILogStore
{
    private static readonly TimeSpan _deadline = TimeSpan.FromSeconds(3);

    private readonly Random _random = scheduler.NewRandom("store " + process.Name);
    private readonly TaskCompletionSource<string> _failed = new(); // what waits for it with a token would continue on the thread pool

    /// <inheritdoc/>
    public Task<string> Failed => _failed.Task;

    /// <inheritdoc/>
    public ValueTask<StoreAnswer<LogTip>> ReadTipAsync(CancellationToken cancellationToken) => ReadFromAsync(store => store.ReadTipAsync(), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<StoreAnswer<EntryPage>> ReadAsync(long after, int entriesMax, long bytesMax, CancellationToken cancellationToken) =>
        ReadFromAsync(store => store.ReadAsync(after, entriesMax, bytesMax), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<StoreAnswer<long?>> FindRequestAsync(string requestId, CancellationToken cancellationToken) => ReadFromAsync(store => store.FindRequestAsync(requestId), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<AppendAnswer> AppendAsync(AppendBatch batch, CancellationToken cancellationToken)
    {
        if (faults.Strikes(Fault.StoreUnavailable, 0.03)) return new AppendAnswer.Unavailable("The store is overloaded.", Soon());
        if (faults.Strikes(Fault.StoreFull, 0.02)) return new AppendAnswer.Full("The store's disk has no space.");
        if (faults.Strikes(Fault.StoreDeposed, 0.03) && server() is { } alive) await CallAsync(alive, store => store.UsurpAsync(), cancellationToken);
        if (server() is not { } running) return new AppendAnswer.Unavailable("The store is down.", Soon());
        var (answer, lost) = await CallAsync(running, store => store.AppendAsync(batch), cancellationToken);
        return answer ?? new AppendAnswer.OutcomeUnknown(lost!);
    }

    /// <inheritdoc/>
    public ValueTask<LeadershipAnswer> CampaignAsync(string nodeId, TimeSpan lease, CancellationToken cancellationToken) => LeadAsync(store => store.CampaignAsync(nodeId, lease), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<LeadershipAnswer> RenewAsync(LeaderToken token, CancellationToken cancellationToken) => LeadAsync(store => store.RenewAsync(token), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<LeadershipAnswer> ResignAsync(LeaderToken token, CancellationToken cancellationToken) => LeadAsync(store => store.ResignAsync(token), cancellationToken);

    /// <inheritdoc/>
    public IDisposable Watch(Action wakeUp)
    {
        // A server that is started again knows nothing of it: a watch is a hint, and whoever trusts it alone is found out here.
        server()?.Watch(process, wakeUp);
        return new Watcher(() => server()?.Unwatch(wakeUp));
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => default;

    /// <summary>The store can no longer vouch for what it holds.</summary>
    public void Fail(string reason) => _failed.TrySetResult(reason);

    private async ValueTask<StoreAnswer<T>> ReadFromAsync<T>(Func<SimLogServer, Task<T>> operation, CancellationToken cancellationToken)
    {
        if (server() is not { } running) return new StoreAnswer<T>.Unavailable("The store is down.", Soon());
        var (answer, lost) = await CallAsync(running, async store => (Value: await operation(store), IsThere: true), cancellationToken);
        return answer.IsThere ? new StoreAnswer<T>.Done(answer.Value) : new StoreAnswer<T>.OutcomeUnknown(lost!);
    }

    private async ValueTask<LeadershipAnswer> LeadAsync(Func<SimLogServer, Task<LeadershipAnswer>> operation, CancellationToken cancellationToken)
    {
        if (server() is not { } running) return new LeadershipAnswer.OutcomeUnknown("The store is down.");
        var (answer, lost) = await CallAsync(running, operation, cancellationToken);
        return answer ?? new LeadershipAnswer.OutcomeUnknown(lost!);
    }

    /// <summary>Runs an operation on the server, and brings the answer back, unless the request, the server or the answer is lost on the way.</summary>
    private async Task<(T? Answer, string? Lost)> CallAsync<T>(SimLogServer running, Func<SimLogServer, Task<T>> operation, CancellationToken cancellationToken)
    {
        var answered = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var deadline = process.Time.CreateTimer(_ => answered.TrySetException(new TimeoutException()), null, _deadline, Timeout.InfiniteTimeSpan);
        using var cancelled = cancellationToken.Register(() => answered.TrySetCanceled(cancellationToken));
        if (!faults.Strikes(Fault.RequestLost, 0.01)) scheduler.After(Latency(), () => running.Process.Run(_ => _ = ServeAsync(running, operation, answered), null));
        try
        {
            return (await answered.Task, null);
        }
        catch (TimeoutException)
        {
            return (default, $"No answer within {_deadline.TotalSeconds} s.");
        }
    }

#pragma warning disable CA1031 // a refusal of bad arguments travels back to the caller like an answer
    private async Task ServeAsync<T>(SimLogServer running, Func<SimLogServer, Task<T>> operation, TaskCompletionSource<T> answered)
    {
        try
        {
            var answer = await operation(running);
            if (!faults.Strikes(Fault.AnswerLost, 0.02)) scheduler.After(Latency(), () => answered.TrySetResult(answer));
        }
        catch (Exception exception)
        {
            scheduler.After(Latency(), () => answered.TrySetException(exception));
        }
    }
#pragma warning restore CA1031

    private TimeSpan Latency() => _random.HeavyTail(TimeSpan.FromMilliseconds(0.3), TimeSpan.FromSeconds(1));

    private TimeSpan Soon() => _random.Between(TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(1));

    private sealed class Watcher(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}
