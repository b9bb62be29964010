// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Replicas;
using Heliograph.Protocol;

namespace Heliograph.Replication.Following;

/// <summary>An admitted update whose record stream is still coming. Its size was checked against the signed caps before a byte was reserved.</summary>
internal sealed class UpdateAssembly(AdmittedUpdate update)
{
    private readonly byte[] _stream = new byte[update.Offer.StreamBytes];
    private int _filled;

    public AdmittedUpdate Update { get; } = update;

    public bool IsComplete => _filled == _stream.Length;

    public ReadOnlyMemory<byte> Stream => _stream;

    /// <summary>Takes the next piece.</summary>
    /// <exception cref="ProtocolException">It does not continue where the last one ended, or goes beyond what was announced.</exception>
    public void Append(ulong offset, ReadOnlySpan<byte> piece)
    {
        if (offset != (ulong)_filled || piece.Length > _stream.Length - _filled)
            throw new ProtocolException($"A piece of an update at offset {offset} with {piece.Length} bytes does not fit: {_filled} of {_stream.Length} bytes have come.");
        piece.CopyTo(_stream.AsSpan(_filled));
        _filled += piece.Length;
    }
}
