// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using System.IO.MemoryMappedFiles;
using Heliograph.Replication.Ports;
using Microsoft.Win32.SafeHandles;

namespace Heliograph.Platform.Files;

/// <summary>A file mapped into memory. The mapping outlives the file's name: a rename over it or its deletion changes nothing here.</summary>
internal sealed class MappedFile : FileContent
{
    private readonly Mapping _mapping;

    private MappedFile(Mapping mapping) => _mapping = mapping;

    public override ReadOnlyMemory<byte> Bytes => _mapping.Memory;

    /// <summary>Maps the first <paramref name="length"/> bytes for reading; the handle may be closed afterwards.</summary>
    public static MappedFile Map(SafeFileHandle handle, long length)
    {
        if (length > int.MaxValue) throw new IOException($"A file of {length} bytes is larger than the 2 GiB that are read as a whole.");
        using var file = MemoryMappedFile.CreateFromFile(handle, mapName: null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        return new(new(file.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read), (int)length));
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) ((IDisposable)_mapping).Dispose();
    }

    private sealed unsafe class Mapping : MemoryManager<byte>
    {
        private readonly MemoryMappedViewAccessor _view;
        private readonly int _length;
        private byte* _start;

        public Mapping(MemoryMappedViewAccessor view, int length)
        {
            (_view, _length) = (view, length);
            byte* pointer = null;
            view.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
            _start = pointer + view.PointerOffset;
        }

        public override Memory<byte> Memory
        {
            get
            {
                ObjectDisposedException.ThrowIf(_start is null, typeof(FileContent));
                return CreateMemory(_length);
            }
        }

        public override Span<byte> GetSpan()
        {
            ObjectDisposedException.ThrowIf(_start is null, typeof(FileContent));
            return new(_start, _length);
        }

        public override MemoryHandle Pin(int elementIndex = 0)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)elementIndex, (uint)_length, nameof(elementIndex));
            ObjectDisposedException.ThrowIf(_start is null, typeof(FileContent));
            return new(_start + elementIndex); // a mapping does not move
        }

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
            if (!disposing || _start is null) return; // without Dispose, the view's own handle unmaps when it is collected
            _start = null;
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
            _view.Dispose();
        }
    }
}
