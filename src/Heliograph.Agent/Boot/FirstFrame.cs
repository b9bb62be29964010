// SPDX-License-Identifier: Apache-2.0
using Google.Protobuf;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.Ports;

namespace Heliograph.Agent.Boot;

/// <summary>Reads a connection's hello ahead of the hub, which reads it again: only then it is known which service asks.</summary>
internal static class FirstFrame
{
    private const int FrameBytesMax = 64 << 10; // as the hub's for a client

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    /// <summary>The hello, if the connection began with one, and a connection that begins with it again. What is wrong with a connection is for the hub to say.</summary>
    public static async Task<(Hello? Hello, IConnection Connection)> ReadAsync(IConnection connection, TimeProvider time, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(Deadline, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        var (decoder, read) = (new FrameDecoder(FrameBytesMax), new List<byte>());
        Hello? hello = null;
        try
        {
            while (true)
            {
                if (decoder.TryRead(out var type, out var message))
                {
                    if (type == FrameType.Hello) hello = Hello.Parser.ParseFrom(message.Span);
                    break;
                }
                var buffer = decoder.GetBuffer();
                var count = await connection.ReadAsync(buffer, either.Token);
                if (count == 0) break;
                read.AddRange(buffer.Span[..count]);
                decoder.Advance(count);
            }
        }
        catch (Exception exception) when (exception is ProtocolException or InvalidProtocolBufferException)
        {
            hello = null;
        }
        return (hello, new ReplayedConnection(connection, read.ToArray()));
    }
}
