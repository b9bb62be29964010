// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Security.Cryptography;
using Heliograph.Core.Log;
using Heliograph.Replication.Ports;

namespace Heliograph.Simulation.Log;

/// <summary>The simulated store's file: records <c>u32 length | u8 kind | payload | 32 bytes SHA-256 of kind and payload</c>, one batch each, so that a batch is there as a whole or not.</summary>
internal sealed class LogFile(IFileStore files)
{
    private const string Path = "log/log", Next = "log/log.new", Directory = "log";
    private const byte BatchKind = 1, TokenKind = 2;
    private const int HashBytes = 32;

    /// <summary>What a file came to: what it holds, or why it cannot be trusted.</summary>
    public sealed record Content(List<LogEntry> Entries, long Token, string? Damage);

    /// <summary>Reads the file, drops a torn end, and writes what is left anew: a flush that failed in an earlier life may have left holes behind what programs see.</summary>
    public async Task<Content> OpenAsync(CancellationToken cancellationToken)
    {
        await files.CreateDirectoryAsync(Directory, cancellationToken);
        using var stored = await files.OpenAsync(Path, cancellationToken);
        var content = Read(stored?.Bytes ?? default);
        if (content.Damage is not null) return content;
        await files.WriteAsync(Next, [Record(TokenKind, BitConverter.GetBytes(content.Token)), .. content.Entries.Select(entry => (ReadOnlyMemory<byte>)Record(BatchKind, PayloadOf([entry])))], cancellationToken);
        await files.FlushAsync(Next, cancellationToken);
        await files.RenameAsync(Next, Path, cancellationToken);
        await files.FlushDirectoryAsync(Directory, cancellationToken);
        return content;
    }

    /// <summary>Appends a batch. Durable when it returns.</summary>
    public Task AppendAsync(IReadOnlyList<LogEntry> entries, CancellationToken cancellationToken) => WriteAsync(Record(BatchKind, PayloadOf(entries)), cancellationToken);

    /// <summary>Remembers the newest token given out. Durable when it returns.</summary>
    public Task AppendAsync(LeaderToken token, CancellationToken cancellationToken) => WriteAsync(Record(TokenKind, BitConverter.GetBytes(token.Value)), cancellationToken);

    private async Task WriteAsync(byte[] record, CancellationToken cancellationToken)
    {
        await files.AppendAsync(Path, record, cancellationToken);
        try
        {
            await files.FlushAsync(Path, cancellationToken);
        }
        catch (FileStoreException exception) when (exception.Fault != FileFault.Io)
        {
            // Written and not flushed: a later flush would make durable what was said not to be written.
            throw new FileStoreException(FileFault.Io, "The log was written and could not be flushed.", exception);
        }
    }

    private static Content Read(ReadOnlyMemory<byte> bytes)
    {
        var (entries, token) = (new List<LogEntry>(), 0L);
        for (var at = 0; at < bytes.Length;)
        {
            if (!TryReadRecord(bytes[at..], out var kind, out var payload, out var length))
            {
                var isTorn = at + length >= bytes.Length;
                return new(entries, token, isTorn ? null : $"The record at byte {at} of the log is damaged.");
            }
            if (kind == TokenKind) token = BitConverter.ToInt64(payload.Span);
            else entries.AddRange(EntriesOf(payload));
            at += length;
        }
        return new(entries, token, null);
    }

    private static bool TryReadRecord(ReadOnlyMemory<byte> bytes, out byte kind, out ReadOnlyMemory<byte> payload, out int length)
    {
        (kind, payload, length) = (0, default, bytes.Length);
        if (bytes.Length < sizeof(uint)) return false;
        var size = BinaryPrimitives.ReadUInt32BigEndian(bytes.Span);
        if (size is 0 || size > bytes.Length - sizeof(uint) - HashBytes) return false;
        length = sizeof(uint) + (int)size + HashBytes;
        var body = bytes.Slice(sizeof(uint), (int)size);
        if (!SHA256.HashData(body.Span).AsSpan().SequenceEqual(bytes.Span.Slice(sizeof(uint) + (int)size, HashBytes))) return false;
        (kind, payload) = (body.Span[0], body[1..]);
        return true;
    }

    private static byte[] Record(byte kind, ReadOnlySpan<byte> payload)
    {
        var record = new byte[sizeof(uint) + 1 + payload.Length + HashBytes];
        BinaryPrimitives.WriteUInt32BigEndian(record, (uint)(1 + payload.Length));
        record[sizeof(uint)] = kind;
        payload.CopyTo(record.AsSpan(sizeof(uint) + 1));
        SHA256.HashData(record.AsSpan(sizeof(uint), 1 + payload.Length), record.AsSpan(sizeof(uint) + 1 + payload.Length));
        return record;
    }

    private static byte[] PayloadOf(IReadOnlyList<LogEntry> entries)
    {
        using var payload = new MemoryStream();
        foreach (var entry in entries)
        {
            payload.Write(BitConverter.GetBytes(entry.Bytes.Length));
            payload.Write(entry.Bytes.Span);
        }
        return payload.ToArray();
    }

    private static IEnumerable<LogEntry> EntriesOf(ReadOnlyMemory<byte> payload)
    {
        for (var rest = payload; !rest.IsEmpty;)
        {
            var length = BitConverter.ToInt32(rest.Span);
            yield return LogEntry.TryParse(rest.Slice(sizeof(int), length), out var entry, out var error) ? entry : throw new InvalidOperationException(error);
            rest = rest[(sizeof(int) + length)..];
        }
    }
}
