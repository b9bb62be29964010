// SPDX-License-Identifier: Apache-2.0
using System.Security.Cryptography;
using Heliograph.Core.Heads;
using Heliograph.Core.Log;
using Heliograph.Core.LogFiles;
using Heliograph.Platform.Files;

namespace Heliograph.Platform.LogFiles;

/// <summary>Writes a backup or an archive, record behind record. Only its owner may read the file: settings may be secret.</summary>
/// <remarks>Not thread-safe. What was not flushed may be lost or torn by a crash; the reader finds that.</remarks>
public sealed class LogFileWriter : IDisposable
{
    private readonly FileStream _stream;
    private readonly IncrementalHash? _hash; // of a backup
    private long _entries;

    private LogFileWriter(FileStream stream, bool hashes) => (_stream, _hash) = (stream, hashes ? IncrementalHash.CreateHash(HashAlgorithmName.SHA256) : null);

    /// <summary>Where the next record will begin.</summary>
    public long Offset { get; private set; }

    /// <summary>Begins a file.</summary>
    /// <exception cref="IOException">There is one of that name, or it cannot be written.</exception>
    public static LogFileWriter Create(string path, LogFileKind kind, RealmTrust trust, DateTimeOffset begunAt)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.Read | FileShare.Delete, BufferSize = 1 << 20 };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = ProtectedFile.OwnerOnly;
        var writer = new LogFileWriter(new(path, options), hashes: kind == LogFileKind.Backup);
        try
        {
            writer.Write(new LogFileHeader(kind, trust.Roots.LogId, begunAt.ToUnixTimeMilliseconds()).Encode());
            writer.Add(LogRecordType.TrustRoot, trust.Roots.Anchor.Bytes.Span);
            writer.Add(trust, since: RealmTrust.From(trust.Roots.Anchor));
            writer.Flush();
            FlushName(path);
            return writer;
        }
        catch
        {
            writer.Dispose();
            throw;
        }
    }

    /// <summary>Goes on with an archive behind its last whole record; what is torn there is cut off.</summary>
    public static LogFileWriter Continue(LogFile file)
    {
        var stream = new FileStream(file.Path, new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.Write, Share = FileShare.ReadWrite | FileShare.Delete, BufferSize = 1 << 20 });
        stream.SetLength(file.WholeBytes);
        stream.Position = file.WholeBytes;
        stream.Flush(flushToDisk: true);
        return new(stream, hashes: false) { Offset = file.WholeBytes };
    }

    /// <summary>Appends an entry, verbatim.</summary>
    public void Add(LogEntry entry)
    {
        Add(LogRecordType.Entry, entry.Bytes.Span);
        _entries++;
    }

    /// <summary>Appends a head of the entry that was appended last.</summary>
    public void Add(SignedHead head) => Add(LogRecordType.Head, head.Bytes.Span);

    /// <summary>Appends the roots and transitions that a reader who trusts <paramref name="since"/> does not know.</summary>
    /// <exception cref="LogFileException">A transition is trusted by an operator's word alone: whoever reads the file could not prove it. Nothing was appended.</exception>
    public void Add(RealmTrust trust, RealmTrust since)
    {
        if (trust.Epochs.Transitions.Skip(since.Epochs.Epoch - 1).FirstOrDefault(transition => !EpochHistory.IsSignedOnce(trust.Roots, transition)) is { } unproven)
            throw new LogFileException($"The transition to epoch {unproven.Epoch} carries no signatures by which the roots prove it. Have recovery keys sign it once more, and put it into the trust file: 'helio trust sign', 'helio trust add'.");
        foreach (var root in trust.Roots.Later.Skip((int)since.Roots.Version - 1)) Add(LogRecordType.SignedRoot, root.Bytes.Span);
        foreach (var transition in trust.Epochs.Transitions.Skip(since.Epochs.Epoch - 1)) Add(LogRecordType.Transition, transition.Bytes.Span);
    }

    /// <summary>Ends a backup: nothing can be appended any more, and everything is durable.</summary>
    public void End()
    {
        var hash = _hash ?? throw new InvalidOperationException("Only a backup has an end.");
        Add(LogRecordType.End, new LogFileEnd(_entries, new(hash.GetHashAndReset())).Encode());
        Flush();
    }

    /// <summary>Makes everything appended durable.</summary>
    public void Flush() => _stream.Flush(flushToDisk: true);

    /// <summary>Makes a file's name durable.</summary>
    public static void FlushName(string path) => NativeFiles.FlushDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);

    private void Add(LogRecordType type, ReadOnlySpan<byte> payload) => Write(LogRecord.Encode(type, payload));

    private void Write(ReadOnlySpan<byte> bytes)
    {
        _stream.Write(bytes);
        _hash?.AppendData(bytes);
        Offset += bytes.Length;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stream.Dispose();
        _hash?.Dispose();
    }
}
