// SPDX-License-Identifier: Apache-2.0
using Google.Protobuf;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.FanOut;
using Heliograph.Replication.Ports;

namespace Heliograph.Replication.Entries;

/// <summary>Serves streams of entries: a request, then its entries, then the head that speaks of them; nothing that was not asked for.</summary>
/// <remarks>
/// Bounded: <see cref="StreamsMax"/> streams at once, of each at most one answer of <see cref="AnswerBytesMax"/> and one entry in memory. A peer that does not
/// read, or does not ask, loses its place after <see cref="Patience"/>. Its role is looked up at each request.
/// </remarks>
/// <param name="source">Where the entries are.</param>
/// <param name="authorizer">Who may have them.</param>
/// <param name="time">The clock.</param>
public sealed class EntryServer(IEntrySource source, ISyncAuthorizer authorizer, TimeProvider time) : IDisposable
{
    /// <summary>Streams served at once; another is asked to come again later.</summary>
    public const int StreamsMax = 8;

    /// <summary>Bytes of entries in one answer, unless one entry alone is longer.</summary>
    public const int AnswerBytesMax = 4 << 20;

    /// <summary>The longest that a request may have the server wait for a new entry.</summary>
    public static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(30);

    /// <summary>How long a peer may take to read, and to ask again.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private const int PartBytesMax = 256 << 10;

    private static readonly TimeSpan s_lookInterval = TimeSpan.FromMilliseconds(100); // how late an entry may be noticed; a look costs nothing

    private readonly CancellationTokenSource _stopping = new();
    private int _streams;

    /// <summary>Streams that are served now.</summary>
    public int Streams => Volatile.Read(ref _streams);

    /// <summary>Serves one stream, whose hello has been accepted, until the peer ends it.</summary>
    /// <param name="connection">The peer.</param>
    /// <param name="decoder">Holds what came behind the hello.</param>
    /// <param name="peer">Who it is.</param>
    /// <param name="welcome">The answer to its hello; this adds what it serves.</param>
    /// <param name="cancellationToken">Ends the stream.</param>
    public async Task ServeAsync(IConnection connection, FrameDecoder decoder, PeerIdentity peer, Welcome welcome, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token, cancellationToken);
        await ServeUntilAsync(connection, decoder, peer, welcome, either.Token);
    }

    /// <summary>Ends every stream, now: whoever asked goes on elsewhere, from where it has got to.</summary>
    public void Stop() => _stopping.Cancel();

    /// <inheritdoc/>
    public void Dispose() => _stopping.Dispose();

    private async Task ServeUntilAsync(IConnection connection, FrameDecoder decoder, PeerIdentity peer, Welcome welcome, CancellationToken cancellationToken)
    {
        try
        {
            if (Interlocked.Increment(ref _streams) > StreamsMax)
            {
                await SendAsync(connection, Frame.Encode(FrameType.Drain, new Drain { Reason = $"{StreamsMax} streams of entries are served already", NotBeforeMs = 5_000 }), cancellationToken);
                return;
            }
            welcome.ServesEntries = true;
            await SendAsync(connection, Frame.Encode(FrameType.Welcome, welcome), cancellationToken);
            while (await NextAsync(connection, decoder, cancellationToken) is { } request)
            {
                if (!authorizer.MayReadLog(peer))
                {
                    await SendAsync(connection, Frame.Encode(FrameType.Refused, new Refused { Code = "not_authorized", Detail = $"'{peer.Subject}' may not read the log. It needs a role on '{NamespaceName.Log}'." }), cancellationToken);
                    return;
                }
                await AnswerAsync(connection, request, cancellationToken);
            }
        }
        finally
        {
            Interlocked.Decrement(ref _streams);
        }
    }

    private async Task<EntriesRequest?> NextAsync(IConnection connection, FrameDecoder decoder, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        while (true)
        {
            while (decoder.TryRead(out var type, out var message))
                if (type == FrameType.EntriesRequest) return Parse(message); // anything else may be a later version's
            var count = await connection.ReadAsync(decoder.GetBuffer(), either.Token);
            if (count == 0) return null;
            decoder.Advance(count);
        }
    }

    private async Task AnswerAsync(IConnection connection, EntriesRequest request, CancellationToken cancellationToken)
    {
        var after = (long)request.After;
        await WaitForNewsAsync(after, TimeSpan.FromMilliseconds(request.WaitMs), cancellationToken);
        var head = source.NewestHead; // read before the entries: none of them is newer
        if (head is not null && head.Revision.Sequence > after)
            foreach (var entry in await source.ReadAsync(after, head.Revision.Sequence, AnswerBytesMax, cancellationToken))
                await SendEntryAsync(connection, ++after, entry, cancellationToken);
        await SendAsync(connection, Frame.Encode(FrameType.EntriesEnd, new EntriesEnd { SignedHead = head is null ? ByteString.Empty : UnsafeByteOperations.UnsafeWrap(head.Bytes) }), cancellationToken);
    }

    private async Task WaitForNewsAsync(long after, TimeSpan wait, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        if (wait > WaitMax) wait = WaitMax;
        while ((source.NewestHead is not { } head || head.Revision.Sequence <= after) && time.GetElapsedTime(began) < wait) await Task.Delay(s_lookInterval, time, cancellationToken);
    }

    private async Task SendEntryAsync(IConnection connection, long sequence, ReadOnlyMemory<byte> entry, CancellationToken cancellationToken)
    {
        for (var offset = 0; offset == 0 || offset < entry.Length; offset += PartBytesMax)
            await SendAsync(connection, Frame.Encode(FrameType.EntryPart, new EntryPart
            {
                Sequence = (ulong)sequence,
                EntryBytes = (uint)entry.Length,
                Offset = (uint)offset,
                Bytes = UnsafeByteOperations.UnsafeWrap(entry.Slice(offset, Math.Min(PartBytesMax, entry.Length - offset))),
            }), cancellationToken);
    }

    private async Task SendAsync(IConnection connection, ReadOnlyMemory<byte> frame, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        const int SliceBytes = 16 << 10;
        for (var rest = frame; rest.Length > 0; rest = rest[Math.Min(rest.Length, SliceBytes)..]) await connection.WriteAsync(rest[..Math.Min(rest.Length, SliceBytes)], either.Token);
    }

    private static EntriesRequest Parse(ReadOnlyMemory<byte> message)
    {
        try
        {
            var request = EntriesRequest.Parser.ParseFrom(message.Span);
            return request.After <= long.MaxValue ? request : throw new ProtocolException($"Entries after {request.After} were asked for; there are none so far.");
        }
        catch (InvalidProtocolBufferException exception)
        {
            throw new ProtocolException("An EntriesRequest frame is malformed.", exception);
        }
    }
}
