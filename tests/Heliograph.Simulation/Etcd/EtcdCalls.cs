// SPDX-License-Identifier: Apache-2.0
using Google.Protobuf;
using Grpc.Core;
using Heliograph.Simulation.Cluster;
using Heliograph.Simulation.Faults;
using Heliograph.Simulation.Kernel;
using Heliograph.Simulation.Network;
using Heliograph.Storage.Etcd.Wire;

namespace Heliograph.Simulation.Etcd;

/// <summary>A process's channel to one member, in the place of gRPC's: requests and answers travel over links that may be cut, and either may be lost; a deadline is kept by the process's own clock.</summary>
internal sealed class EtcdCalls(ClusterWorld world, SimProcess process, EtcdMachine member) : CallInvoker
{
    private readonly Random _random = world.Scheduler.NewRandom($"calls {process.Name} {member.Host.Name}");

    private SimLink There => world.Network.Link(process.Name, member.Host.Name);

    private SimLink Back => world.Network.Link(member.Host.Name, process.Name);

    /// <inheritdoc/>
    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) =>
        new(AskAsync<TResponse>((request as IDeepCloneable<TRequest>)!.Clone() as IMessage ?? throw new NotSupportedException(), options), Task.FromResult(new Metadata()), static () => Status.DefaultSuccess, static () => [], static () => { });

    /// <inheritdoc/>
    public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options)
    {
        if (typeof(TRequest) == typeof(LeaseKeepAliveRequest))
        {
            var renewal = new Renewal(request => AskAsync<LeaseKeepAliveResponse>(request, options));
            return Duplex<TRequest, TResponse>(renewal, renewal, static () => { });
        }
        var stream = new EtcdWatchStream(world.Scheduler, world.Faults, Back, _random);
        options.CancellationToken.Register(stream.Cancel);
        return Duplex<TRequest, TResponse>(new Creation(request => Create(request, stream)), stream, stream.Cancel);
    }

    /// <inheritdoc/>
    public override TResponse BlockingUnaryCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) => throw new NotSupportedException("Nothing blocks in a simulated world.");

    /// <inheritdoc/>
    public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options) => throw new NotSupportedException();

    private static AsyncDuplexStreamingCall<TRequest, TResponse> Duplex<TRequest, TResponse>(object requests, object responses, Action dispose) =>
        new((IClientStreamWriter<TRequest>)requests, (IAsyncStreamReader<TResponse>)responses, Task.FromResult(new Metadata()), static () => Status.DefaultSuccess, static () => [], dispose);

    private async Task<TResponse> AskAsync<TResponse>(IMessage request, CallOptions options)
    {
        var answered = new TaskCompletionSource<IMessage>(TaskCreationOptions.RunContinuationsAsynchronously);
        var left = options.Deadline is { } deadline ? deadline - process.Time.GetUtcNow().UtcDateTime : Timeout.InfiniteTimeSpan;
        await using var timer = process.Time.CreateTimer(_ => answered.TrySetException(Error(StatusCode.DeadlineExceeded, "deadline exceeded")), null, left, Timeout.InfiniteTimeSpan);
        using var cancelled = options.CancellationToken.Register(() => answered.TrySetException(Error(StatusCode.Cancelled, "cancelled")));
        if (!There.IsCut && member.Host.Process is null) world.Scheduler.After(Latency(There), () => answered.TrySetException(Refused())); // nobody listens, and the machine says so
        else if (!world.Faults.Strikes(Fault.RequestLost, 0.01)) Travel(There, () => Arrive(request, answered));
        var response = await answered.Task;
        world.ReadBack.Delivered(process, response);
        return (TResponse)response;
    }

    private void Arrive(IMessage request, TaskCompletionSource<IMessage> answered)
    {
        if (member.Host.Process is not { } serving)
        {
            Travel(Back, () => answered.TrySetException(Error(StatusCode.Unavailable, "the connection was reset")));
            return;
        }
        void OnDied() => Travel(Back, () => answered.TrySetException(Error(StatusCode.Unavailable, "the connection was reset")));
        serving.Died += OnDied;
        serving.Run(_ => world.Scheduler.Own(ServeAsync(request, answered, () => serving.Died -= OnDied)), null);
    }

    private async Task ServeAsync(IMessage request, TaskCompletionSource<IMessage> answered, Action done)
    {
        try
        {
            var response = await member.AnswerAsync(request, process.Name);
            done();
            if (!world.Faults.Strikes(Fault.AnswerLost, 0.02)) Travel(Back, () => answered.TrySetResult(response));
        }
        catch (RpcException refusal)
        {
            done();
            Travel(Back, () => answered.TrySetException(refusal));
        }
    }

    private void Create(WatchRequest request, EtcdWatchStream stream) => Travel(There, () =>
    {
        if (member.Host.Process is null) stream.End(new Status(StatusCode.Unavailable, "the connection was reset"));
        else member.Host.Process.Run(_ =>
        {
            stream.Add(request.CreateRequest.Key);
            member.Watch(stream);
        }, null);
    });

    /// <summary>Over a cut link nothing travels; what was sent is sent again when it is back, for whoever still waits.</summary>
    private void Travel(SimLink link, Action arrive)
    {
        if (link.IsCut) link.WhenMended(() => Travel(link, arrive));
        else world.Scheduler.After(Latency(link), arrive);
    }

    private TimeSpan Latency(SimLink link) => _random.HeavyTail(link.Latency / 4, TimeSpan.FromSeconds(1));

    private static RpcException Error(StatusCode code, string detail) => new(new Status(code, detail));

    private static RpcException Refused() => new(new Status(StatusCode.Unavailable, "connection refused", new HttpRequestException(HttpRequestError.ConnectionError, "connection refused")));

    /// <summary>A stream of renewals that is used for one.</summary>
    private sealed class Renewal(Func<LeaseKeepAliveRequest, Task<LeaseKeepAliveResponse>> ask) : IClientStreamWriter<LeaseKeepAliveRequest>, IAsyncStreamReader<LeaseKeepAliveResponse>
    {
        private Task<LeaseKeepAliveResponse>? _answer;

        public WriteOptions? WriteOptions { get; set; }

        public LeaseKeepAliveResponse Current { get; private set; } = new();

        public Task WriteAsync(LeaseKeepAliveRequest message)
        {
            _answer = ask(message.Clone());
            return Task.CompletedTask;
        }

        public Task WriteAsync(LeaseKeepAliveRequest message, CancellationToken cancellationToken) => WriteAsync(message);

        public Task CompleteAsync() => Task.CompletedTask;

        public async Task<bool> MoveNext(CancellationToken cancellationToken)
        {
            Current = await _answer!;
            return true;
        }
    }

    /// <summary>The requests of a watch.</summary>
    private sealed class Creation(Action<WatchRequest> create) : IClientStreamWriter<WatchRequest>
    {
        public WriteOptions? WriteOptions { get; set; }

        public Task WriteAsync(WatchRequest message)
        {
            create(message.Clone());
            return Task.CompletedTask;
        }

        public Task WriteAsync(WatchRequest message, CancellationToken cancellationToken) => WriteAsync(message);

        public Task CompleteAsync() => Task.CompletedTask;
    }
}
