// SPDX-License-Identifier: Apache-2.0
using Google.Protobuf;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.Ports;

namespace Heliograph.Benchmarks.ManyNamespaces;

/// <summary>What the streams of a hub were sent, by kind.</summary>
internal sealed class StreamCount : IDisposable
{
    /// <summary>A frame with a head alone is shorter, one with a proof among 100,000 namespaces longer.</summary>
    private const int HeadFrameBytesMax = 400;

    private long _heads, _proofs, _headBytes, _proofBytes;

    public Deliveries Updates { get; } = new();

    public (long Heads, long Proofs, long HeadBytes, long ProofBytes) Now =>
        (Interlocked.Read(ref _heads), Interlocked.Read(ref _proofs), Interlocked.Read(ref _headBytes), Interlocked.Read(ref _proofBytes));

    public void Dispose() => Updates.Dispose();

    public void Add(ReadOnlySpan<byte> frame)
    {
        switch ((FrameType)frame[sizeof(uint)])
        {
            case FrameType.Update:
                Updates.Add();
                break;
            case FrameType.Freshness when frame.Length <= HeadFrameBytesMax:
                Interlocked.Increment(ref _heads);
                Interlocked.Add(ref _headBytes, frame.Length);
                break;
            case FrameType.Freshness:
                Interlocked.Increment(ref _proofs);
                Interlocked.Add(ref _proofBytes, frame.Length);
                break;
        }
    }
}

/// <summary>A subscriber in memory with one or many namespaces on its stream; it takes everything at once.</summary>
internal sealed class StreamConnection(byte[] greeting, StreamCount count) : IConnection
{
    private const int NamesInAFrame = 250;

    private readonly TaskCompletionSource<int> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ReadOnlyMemory<byte> _said = greeting;

    public string Peer => "memory";

    public static byte[] Greeting(Hash256 logId, IEnumerable<NamespaceName> names) =>
    [
        .. Frame.Encode(FrameType.Hello, new Hello { ProtocolMin = ProtocolVersion.Min, ProtocolMax = ProtocolVersion.Max, Instance = new Instance { Id = "memory" }, Role = Role.Client, TakesJoinedProofs = true, LogId = ByteString.CopyFrom(logId.ToArray()) }),
        .. names.Chunk(NamesInAFrame).SelectMany(chunk => Frame.Encode(FrameType.Subscribe, new Subscribe { Subscriptions = { chunk.Select(name => new Subscription { Namespace = name.Value }) } })),
    ];

    public ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (_said.IsEmpty) return new ValueTask<int>(_end.Task);
        var length = Math.Min(buffer.Length, _said.Length);
        _said[..length].CopyTo(buffer);
        _said = _said[length..];
        return new ValueTask<int>(length);
    }

    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        count.Add(bytes.Span);
        return default;
    }

    public void Abort() => _end.TrySetResult(0);

    public ValueTask DisposeAsync() => default;
}
