// SPDX-License-Identifier: Apache-2.0
using Google.Protobuf;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.Ports;

namespace Heliograph.Benchmarks;

/// <summary>A subscriber in memory: it says hello, subscribes, and takes everything at once. What is left is the hub's own cost.</summary>
internal sealed class CountingConnection(byte[] hello, Deliveries deliveries) : IConnection
{
    private readonly TaskCompletionSource<int> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ReadOnlyMemory<byte> _said = hello;

    public string Peer => "memory";

    /// <summary>The first words of every subscriber.</summary>
    public static byte[] Greeting(Hash256 logId, NamespaceName name) =>
    [
        .. Frame.Encode(FrameType.Hello, new Hello { ProtocolMin = ProtocolVersion.Min, ProtocolMax = ProtocolVersion.Max, Instance = new Instance { Id = "memory" }, Role = Role.Client, LogId = ByteString.CopyFrom(logId.ToArray()) }),
        .. Frame.Encode(FrameType.Subscribe, new Subscribe { Subscriptions = { new Subscription { Namespace = name.Value } } }),
    ];

    public ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (_said.IsEmpty) return new ValueTask<int>(_end.Task);
        var count = Math.Min(buffer.Length, _said.Length);
        _said[..count].CopyTo(buffer);
        _said = _said[count..];
        return new ValueTask<int>(count);
    }

    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        if ((FrameType)bytes.Span[sizeof(uint)] == FrameType.Update) deliveries.Add();
        return default;
    }

    public void Abort() => _end.TrySetResult(0);

    public ValueTask DisposeAsync() => default;
}

/// <summary>Counts what all subscribers together got.</summary>
internal sealed class Deliveries : IDisposable
{
    private readonly ManualResetEventSlim _reached = new(false);
    private long _count, _target = long.MaxValue;

    public long Count => Interlocked.Read(ref _count);

    public void Add()
    {
        if (Interlocked.Increment(ref _count) >= Volatile.Read(ref _target)) _reached.Set();
    }

    /// <summary>Waits until there are so many.</summary>
    public void WaitFor(long target)
    {
        _reached.Reset();
        Volatile.Write(ref _target, target);
        if (Interlocked.Read(ref _count) >= target) return;
        if (!_reached.Wait(TimeSpan.FromSeconds(10))) throw new TimeoutException($"{Interlocked.Read(ref _count)} of {target} deliveries came.");
    }

    public void Dispose() => _reached.Dispose();
}
