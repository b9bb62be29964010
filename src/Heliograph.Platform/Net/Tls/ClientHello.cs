// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;

namespace Heliograph.Platform.Net.Tls;

/// <summary>What can be told from the first bytes of a client.</summary>
public enum HelloKind
{
    /// <summary>Not enough has come.</summary>
    Incomplete,

    /// <summary>A ClientHello that offers the native envelope.</summary>
    Native,

    /// <summary>Anything else: another protocol, none, no TLS, or not understood.</summary>
    Other,

    /// <summary>The client went away.</summary>
    Ended,
}

/// <summary>Finds the protocols that a ClientHello offers (RFC 8446, 4.1.2; RFC 7301), to know who is to answer it. Nothing is believed: the handshake judges.</summary>
public static class ClientHello
{
    private const int RecordHeaderBytes = 5, HandshakeHeaderBytes = 4, RandomBytes = 32, SessionIdBytesMax = 32;
    private const byte HandshakeRecord = 22, ClientHelloMessage = 1, MajorVersion = 3;
    private const ushort AlpnExtension = 16;

    /// <summary>Bytes of a ClientHello that are looked at; a longer one is <see cref="HelloKind.Other"/>. Those of today have 200 to 5,000.</summary>
    public const int BytesMax = 16 << 10;

    /// <summary>What the first bytes of a connection are.</summary>
    /// <param name="bytes">All that has come so far.</param>
    /// <param name="protocol">The name to look for.</param>
    /// <param name="bytesMax">Bytes that can come together at most, <see cref="BytesMax"/> or fewer.</param>
    public static HelloKind Read(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> protocol, int bytesMax = BytesMax)
    {
        if ((bytes.Length > 0 && bytes[0] != HandshakeRecord) || (bytes.Length > 1 && bytes[1] != MajorVersion)) return HelloKind.Other;
        if (bytes.Length < RecordHeaderBytes) return HelloKind.Incomplete;
        var length = BinaryPrimitives.ReadUInt16BigEndian(bytes[3..]);
        if (length < HandshakeHeaderBytes || RecordHeaderBytes + length > bytesMax) return HelloKind.Other;
        if (bytes.Length < RecordHeaderBytes + length) return HelloKind.Incomplete;
        return Offers(new Cursor(bytes.Slice(RecordHeaderBytes, length)), protocol) ? HelloKind.Native : HelloKind.Other;
    }

    /// <summary>Whether a whole message offers the protocol. One that goes on in the next record, or is malformed, does not.</summary>
    private static bool Offers(Cursor message, ReadOnlySpan<byte> protocol)
    {
        if (!message.TryTake(1, out var type) || type[0] != ClientHelloMessage) return false;
        if (!message.TryTakeVector(3, out var hello)) return false;
        if (!hello.TryTake(2 + RandomBytes, out _)) return false; // version, random
        if (!hello.TryTakeVector(1, out var session) || session.Length > SessionIdBytesMax) return false;
        if (!hello.TryTakeVector(2, out _) || !hello.TryTakeVector(1, out _)) return false; // cipher suites, compressions
        if (!hello.TryTakeVector(2, out var extensions)) return false;
        while (extensions.TryTake(2, out var kind) && extensions.TryTakeVector(2, out var body))
        {
            if (BinaryPrimitives.ReadUInt16BigEndian(kind) != AlpnExtension) continue;
            if (!body.TryTakeVector(2, out var names)) return false;
            while (names.TryTakeVector(1, out var name))
                if (name.Rest.SequenceEqual(protocol)) return true;
            return false;
        }
        return false;
    }

    /// <summary>Bytes that are taken from the front.</summary>
    private ref struct Cursor(ReadOnlySpan<byte> bytes)
    {
        public ReadOnlySpan<byte> Rest { get; private set; } = bytes;

        public readonly int Length => Rest.Length;

        public bool TryTake(int count, out ReadOnlySpan<byte> taken)
        {
            taken = default;
            if (count > Rest.Length) return false;
            taken = Rest[..count];
            Rest = Rest[count..];
            return true;
        }

        /// <summary>Takes bytes that follow their own number.</summary>
        public bool TryTakeVector(int lengthBytes, out Cursor taken)
        {
            taken = default;
            if (!TryTake(lengthBytes, out var digits)) return false;
            var length = 0;
            foreach (var digit in digits) length = (length << 8) | digit;
            if (!TryTake(length, out var bytes)) return false;
            taken = new(bytes);
            return true;
        }
    }
}
