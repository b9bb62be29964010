// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;

namespace Heliograph.Core;

/// <summary>Reads messages whose bytes are hashed or signed: only the canonical encoding is accepted.</summary>
/// <remarks>
/// Canonical means that writing the parsed message gives the same bytes: fields in order, each once, defaults left out,
/// minimal varints, no unknown field. So two readers can never understand one signature differently.
/// </remarks>
internal static class CanonicalMessage
{
    /// <summary>Parses <paramref name="bytes"/>, or says why they are not the canonical form of a <typeparamref name="T"/>.</summary>
    public static bool TryParse<T>(MessageParser<T> parser, ReadOnlySpan<byte> bytes, int bytesMax, [NotNullWhen(true)] out T? message, [NotNullWhen(false)] out string? error)
        where T : class, IMessage<T>
    {
        message = null;
        if (bytes.Length > bytesMax)
        {
            error = $"{typeof(T).Name}: {bytes.Length} bytes, at most {bytesMax} are allowed.";
            return false;
        }
        T parsed;
        try
        {
            parsed = parser.WithDiscardUnknownFields(true).ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException)
        {
            error = $"{typeof(T).Name}: the bytes are truncated or malformed.";
            return false;
        }
        if (parsed.CalculateSize() != bytes.Length || !IsWrittenAs(parsed, bytes))
        {
            error = $"{typeof(T).Name}: the bytes are not in canonical form.";
            return false;
        }
        message = parsed;
        error = null;
        return true;
    }

    /// <summary>Whether writing a message, which has the size of <paramref name="bytes"/>, gives these bytes.</summary>
    private static bool IsWrittenAs(IMessage message, ReadOnlySpan<byte> bytes)
    {
        var written = ArrayPool<byte>.Shared.Rent(bytes.Length);
        try
        {
            message.WriteTo(written.AsSpan(0, bytes.Length));
            return written.AsSpan(0, bytes.Length).SequenceEqual(bytes);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(written);
        }
    }
}
