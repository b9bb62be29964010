// SPDX-License-Identifier: Apache-2.0
using Google.Protobuf;
using Heliograph.Core;
using Heliograph.Core.Log;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.Ports;

namespace Heliograph.Replication.Entries;

/// <summary>What one request was answered.</summary>
/// <param name="Entries">Bytes of consecutive entries; nothing about them has been checked but their number and size.</param>
/// <param name="SignedHead">Bytes of the server's newest head, not checked either; empty if it has none.</param>
public sealed record EntryAnswer(IReadOnlyList<ReadOnlyMemory<byte>> Entries, ReadOnlyMemory<byte> SignedHead);

/// <summary>The asking side of a stream of entries: backups, archives and harvests are made of it. Who asks checks what comes.</summary>
/// <remarks>Not thread-safe. Memory is bounded by one answer: <see cref="EntryServer.AnswerBytesMax"/> and one entry.</remarks>
public sealed class EntryStream : IAsyncDisposable
{
    private readonly IConnection _connection;
    private readonly TimeProvider _time;
    private readonly FrameDecoder _decoder = new();

    private EntryStream(IConnection connection, TimeProvider time) => (_connection, _time) = (connection, time);

    /// <summary>Role and id of the server, for people.</summary>
    public string Server { get; private set; } = "";

    /// <summary>Connects, and asks to be served entries.</summary>
    /// <param name="dialer">How the server is reached.</param>
    /// <param name="server">Where it is: an origin, or an archive relay.</param>
    /// <param name="id">Who asks, for the server's log.</param>
    /// <param name="token">An API token; empty where the certificate or the host proves who asks.</param>
    /// <param name="logId">Which log.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="IOException">It cannot be reached, refuses, or has no entries to serve; the message says which.</exception>
    /// <exception cref="ProtocolException">It does not speak the protocol.</exception>
    public static async Task<EntryStream> OpenAsync(IDialer dialer, ParentAddress server, string id, ReadOnlyMemory<byte> token, Hash256 logId, TimeProvider time, CancellationToken cancellationToken)
    {
        var stream = new EntryStream(await dialer.ConnectAsync(server, cancellationToken), time);
        try
        {
            await stream.GreetAsync(id, token, logId, cancellationToken);
            return stream;
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    /// <summary>Asks for the entries after a sequence, as many as one answer holds.</summary>
    /// <param name="after">The sequence that the asker has.</param>
    /// <param name="wait">How long the server may wait for the first; at most <see cref="EntryServer.WaitMax"/>.</param>
    /// <param name="cancellationToken">Gives up; the stream is then over.</param>
    /// <exception cref="IOException">The stream broke, or was refused.</exception>
    /// <exception cref="ProtocolException">The server sent what it should not.</exception>
    public async Task<EntryAnswer> AskAsync(long after, TimeSpan wait, CancellationToken cancellationToken)
    {
        await _connection.WriteAsync(Frame.Encode(FrameType.EntriesRequest, new EntriesRequest { After = (ulong)after, WaitMs = (uint)wait.TotalMilliseconds }), cancellationToken);
        using var deadline = new CancellationTokenSource(wait + EntryServer.Patience, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        var (entries, answerBytes) = (new List<ReadOnlyMemory<byte>>(), 0L);
        byte[]? unfinished = null;
        while (true)
        {
            var (type, message) = await NextAsync(either.Token, cancellationToken);
            switch (type)
            {
                case FrameType.EntryPart:
                    var part = Parse(EntryPart.Parser, message);
                    if (part.EntryBytes > LogEntry.BytesMax) throw new ProtocolException($"An entry of {part.EntryBytes} bytes was announced; an entry has at most {LogEntry.BytesMax}.");
                    if (part.Offset == 0 && unfinished is null && answerBytes <= EntryServer.AnswerBytesMax) unfinished = new byte[part.EntryBytes];
                    if (unfinished is null || part.Sequence != (ulong)(after + entries.Count + 1) || part.EntryBytes != unfinished.Length || part.Offset + part.Bytes.Length > unfinished.Length || (part.Bytes.Length == 0 && part.EntryBytes > 0))
                        throw new ProtocolException($"A part of entry {part.Sequence} came out of order, or more than one answer may hold.");
                    part.Bytes.CopyTo(unfinished, (int)part.Offset);
                    if (part.Offset + part.Bytes.Length < unfinished.Length) break;
                    entries.Add(unfinished);
                    (answerBytes, unfinished) = (answerBytes + unfinished.Length, null);
                    break;
                case FrameType.EntriesEnd:
                    if (unfinished is not null) throw new ProtocolException("The answer ended within an entry.");
                    return new(entries, Parse(EntriesEnd.Parser, message).SignedHead.ToByteArray());
                case FrameType.Refused:
                    throw Refusal(Parse(Refused.Parser, message));
                default:
                    break; // a later version's frame: it can be nothing that is needed
            }
        }
    }

    private async Task GreetAsync(string id, ReadOnlyMemory<byte> token, Hash256 logId, CancellationToken cancellationToken)
    {
        await _connection.WriteAsync(Frame.Encode(FrameType.Hello, new Hello
        {
            ProtocolMin = ProtocolVersion.Min,
            ProtocolMax = ProtocolVersion.Max,
            Instance = new Instance { Id = id },
            Role = Role.Relay,
            LogId = ByteString.CopyFrom(logId.ToArray()),
            BearerToken = ByteString.CopyFrom(token.Span),
            WantsEntries = true,
        }), cancellationToken);
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(10), _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        var (type, message) = await NextAsync(either.Token, cancellationToken);
        if (type == FrameType.Refused) throw Refusal(Parse(Refused.Parser, message));
        if (type == FrameType.Drain) throw new IOException($"{_connection.Peer} asks to come again later: {Parse(Drain.Parser, message).Reason}.");
        if (type != FrameType.Welcome) throw new ProtocolException($"{_connection.Peer} answered the hello with a frame of type {(byte)type}.");
        var welcome = Parse(Welcome.Parser, message);
        if (!welcome.LogId.Span.SequenceEqual(logId.ToArray())) throw new IOException($"{_connection.Peer} serves another log.");
        Server = $"{welcome.ServerRole} {welcome.ServerId}";
        if (!welcome.ServesEntries) throw new IOException($"{Server} at {_connection.Peer} has no log to give: ask an origin, or a relay that runs with --archive, of this version or later.");
    }

    private async ValueTask<(FrameType Type, ReadOnlyMemory<byte> Message)> NextAsync(CancellationToken deadline, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                if (_decoder.TryRead(out var type, out var message)) return (type, message);
                var count = await _connection.ReadAsync(_decoder.GetBuffer(), deadline);
                if (count == 0) throw new IOException($"{_connection.Peer} ended the connection.");
                _decoder.Advance(count);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new IOException($"{_connection.Peer} did not answer in time.");
        }
    }

    private IOException Refusal(Refused refused) => new($"{_connection.Peer} refuses: {refused.Code}. {refused.Detail}");

    private static T Parse<T>(MessageParser<T> parser, ReadOnlyMemory<byte> message) where T : IMessage<T>
    {
        try
        {
            return parser.ParseFrom(message.Span);
        }
        catch (InvalidProtocolBufferException exception)
        {
            throw new ProtocolException($"A {typeof(T).Name} frame is malformed.", exception);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _connection.DisposeAsync();
}
