// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.LogFiles;

namespace Heliograph.Platform.LogFiles;

/// <summary>Reads a log file record by record, in order, and says where one is not whole.</summary>
internal sealed class RecordReader : IDisposable
{
    private readonly FileStream _stream;
    private readonly byte[] _header = new byte[LogRecord.HeaderBytes];

    /// <summary>Opens a file at a record's offset.</summary>
    public RecordReader(string path, long offset)
    {
        _stream = new(path, new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.Read, Share = FileShare.ReadWrite | FileShare.Delete, BufferSize = 1 << 20, Options = FileOptions.SequentialScan });
        _stream.Position = Offset = offset;
    }

    /// <summary>Where the next record begins: everything in front is whole.</summary>
    public long Offset { get; private set; }

    /// <summary>Bytes of the file now.</summary>
    public long Length => _stream.Length;

    /// <summary>What is wrong with the record at <see cref="Offset"/>; <see langword="null"/> if there is none, or it has not been looked at.</summary>
    public string? Fault { get; private set; }

    /// <summary>Reads the next record whole; <see langword="false"/> at the end, or where one is not whole: then <see cref="Fault"/> says what is wrong.</summary>
    public bool TryRead(out LogRecordType type, out byte[] payload)
    {
        (type, payload) = (default, []);
        var read = _stream.ReadAtLeast(_header, _header.Length, throwOnEndOfStream: false);
        if (read == 0) return false;
        if (read < _header.Length) return Damaged("is cut off");
        if (!LogRecord.TryDecodeHeader(_header, out type, out var payloadBytes)) return Damaged("is of a kind or length that this version does not know");
        var rest = new byte[payloadBytes + LogRecord.TrailerBytes];
        if (_stream.ReadAtLeast(rest, rest.Length, throwOnEndOfStream: false) < rest.Length) return Damaged("is cut off");
        if (!LogRecord.IsWhole(_header, rest)) return Damaged("does not have its checksum");
        payload = rest[..payloadBytes];
        Offset += _header.Length + rest.Length;
        return true;
    }

    private bool Damaged(string what)
    {
        Fault = $"The record at byte {Offset} {what}.";
        return false;
    }

    public void Dispose() => _stream.Dispose();
}
