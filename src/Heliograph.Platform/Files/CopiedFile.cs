// SPDX-License-Identifier: Apache-2.0
using Heliograph.Replication.Ports;
using Microsoft.Win32.SafeHandles;

namespace Heliograph.Platform.Files;

/// <summary>A small file, read into memory.</summary>
internal sealed class CopiedFile(ReadOnlyMemory<byte> bytes) : FileContent
{
    private bool _disposed;

    public override ReadOnlyMemory<byte> Bytes
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this); // as with a mapping, so that misuse shows with small files too
            return bytes;
        }
    }

    /// <summary>Reads up to <paramref name="length"/> bytes from the beginning.</summary>
    public static CopiedFile Read(SafeFileHandle handle, int length)
    {
        var buffer = new byte[length];
        var read = 0;
        for (int count; read < length && (count = RandomAccess.Read(handle, buffer.AsSpan(read), read)) > 0;) read += count;
        return new(buffer.AsMemory(0, read));
    }

    protected override void Dispose(bool disposing) => _disposed = true;
}
