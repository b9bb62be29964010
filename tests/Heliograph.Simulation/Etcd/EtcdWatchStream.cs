// SPDX-License-Identifier: Apache-2.0
using Google.Protobuf;
using Grpc.Core;
using Heliograph.Simulation.Faults;
using Heliograph.Simulation.Kernel;
using Heliograph.Simulation.Network;
using Heliograph.Storage.Etcd.Wire;

namespace Heliograph.Simulation.Etcd;

/// <summary>A watch as a stream: what it tells may come late, twice or never, and it may die without a word. What it does tell comes in order, but for what it repeats.</summary>
internal sealed class EtcdWatchStream(SimScheduler scheduler, FaultMenu faults, SimLink back, Random random) : IAsyncStreamReader<WatchResponse>
{
    private static readonly TimeSpan _noticed = TimeSpan.FromSeconds(7); // a ping after five seconds, and two to answer it

    private readonly Queue<WatchResponse> _come = new();
    private readonly List<ByteString> _keys = [];
    private TaskCompletionSource<bool>? _waiting;
    private RpcException? _end;
    private bool _isSilent, _isEnding;
    private long _lastArrival;

    /// <inheritdoc/>
    public WatchResponse Current { get; private set; } = new();

    /// <summary>Whether it was asked for this key.</summary>
    public bool Wants(ByteString key) => _keys.Contains(key);

    /// <summary>Asks for one more key.</summary>
    public void Add(ByteString key)
    {
        _keys.Add(key);
        Send(new() { Created = true });
    }

    /// <summary>The member tells something.</summary>
    public void Send(WatchResponse response)
    {
        if (faults.Strikes(Fault.SilentWatch, 0.01)) _isSilent = true;
        if (_isSilent) return;
        Travel(response);
        if (response.Events.Count > 0 && faults.Strikes(Fault.WatchRepeat, 0.1)) scheduler.After(random.Between(TimeSpan.FromMilliseconds(10), TimeSpan.FromSeconds(5)), () => Travel(response));
    }

    /// <summary>The member, or the connection to it, ends it.</summary>
    public void End(Status why) => scheduler.After(TimeSpan.FromMilliseconds(1), () => Fail(why));

    /// <summary>Whoever watches does not any more.</summary>
    public void Cancel() => Fail(new Status(StatusCode.Cancelled, "cancelled"));

    /// <inheritdoc/>
    public async Task<bool> MoveNext(CancellationToken cancellationToken)
    {
        using var cancelled = cancellationToken.Register(Cancel);
        while (true)
        {
            if (_come.TryDequeue(out var next))
            {
                Current = next;
                return true;
            }
            if (_end is not null) throw _end;
            _waiting = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
            await _waiting.Task;
        }
    }

    private void Travel(WatchResponse response)
    {
        if (back.IsCut && !_isEnding) // nothing gets through: a ping that is not answered tells
        {
            _isEnding = true;
            scheduler.After(_noticed, () => Fail(new Status(StatusCode.Unavailable, "no answer to a ping")));
        }
        if (_isEnding) return;
        var at = _lastArrival = Math.Max(_lastArrival, scheduler.Now + random.HeavyTail(back.Latency, TimeSpan.FromSeconds(2)).Ticks);
        scheduler.At(at, _ =>
        {
            if (_end is not null) return;
            _come.Enqueue(response);
            _waiting?.TrySetResult(true);
        }, null);
    }

    private void Fail(Status why)
    {
        _end ??= new RpcException(why);
        _waiting?.TrySetResult(false);
    }
}
