// SPDX-License-Identifier: Apache-2.0
using System.Security.Cryptography;
using Heliograph.Core.Heads;
using Heliograph.Core.Log;
using Heliograph.Core.LogFiles;
using Heliograph.Core.Replicas;

namespace Heliograph.Platform.LogFiles;

/// <summary>A backup or an archive that was read from its first byte to its last: every record whole, every entry chained, its last head signed.</summary>
/// <remarks>What it holds is the log up to <see cref="Head"/>: nobody vouches for entries behind it. docs/reference/backup.md draws the bytes.</remarks>
public sealed class LogFile
{
    /// <summary>Name of the file in the directory of a relay's archive.</summary>
    public const string ArchiveFileName = "log.helio";

    private const int IndexEvery = 256; // entries: so a million of them cost 32 KiB to find one

    private const long ProgressEvery = 16 << 20;

    private readonly List<long> _offsets = []; // of entry 1, 257, 513, …

    private LogFile(string path, LogFileHeader header, TrustAnchor anchor) => (Path, Header, Trust) = (path, header, RealmTrust.From(anchor));

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>Its first bytes.</summary>
    public LogFileHeader Header { get; }

    /// <summary>The trust root that it carries. It is the log's own, for the log's id is its hash; whether it is the realm that is meant is the reader's to say.</summary>
    public TrustAnchor Anchor => Trust.Roots.Anchor;

    /// <summary>With the later roots and the epochs that it carries, each proven by the ones before.</summary>
    public RealmTrust Trust { get; private set; }

    /// <summary>The last entry that is whole.</summary>
    public LogTip Tip { get; private set; } = LogTip.Empty;

    /// <summary>The last head; its signature was checked. <see langword="null"/> if there is none.</summary>
    public SignedHead? Head { get; private set; }

    /// <summary>Bytes of the records that are whole.</summary>
    public long WholeBytes { get; private set; }

    /// <summary>What is wrong behind them; <see langword="null"/> for nothing. Only an archive may have a torn end: its writer died.</summary>
    public string? Torn { get; private set; }

    /// <summary>Reads a file and checks everything that it can tell by itself.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="progress">Told how many bytes of how many were read, now and then.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="LogFileException">It is not whole, or not what it says; the message says what and where.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static LogFile Open(string path, Action<long, long>? progress, CancellationToken cancellationToken)
    {
        var header = ReadHeader(path);
        using var reader = new RecordReader(path, LogFileHeader.SizeBytes);
        if (!reader.TryRead(out var first, out var root) || first != LogRecordType.TrustRoot) throw Broken(path, reader.Fault ?? "It carries no trust root.");
        if (!TrustAnchor.TryParse(root, out var anchor, out var error)) throw Broken(path, $"Its trust root is none: {error}");
        if (anchor.LogId != header.LogId) throw Broken(path, "Its trust root is of another log than its header says.");
        var file = new LogFile(path, header, anchor);
        file.Read(reader, progress, cancellationToken);
        if (header.Kind == LogFileKind.Backup) VerifyDigest(path, file.WholeBytes, cancellationToken);
        return file;
    }

    /// <summary>Name of the realm and id of the log in a file's beginning: what can be said before all of it is read.</summary>
    /// <exception cref="LogFileException">It is no log file.</exception>
    public static LogFileHeader ReadHeader(string path)
    {
        var bytes = new byte[LogFileHeader.SizeBytes];
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var read = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        return LogFileHeader.TryDecode(bytes.AsSpan(0, read), out var header, out var error) ? header : throw Broken(path, error);
    }

    /// <summary>Takes note of an entry that the writer of an archive has appended; what was opened goes on to be read.</summary>
    /// <param name="offset">Where the entry's record begins.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="whole">Bytes with it.</param>
    public void Appended(long offset, LogEntry entry, long whole)
    {
        if (entry.Revision.Sequence % IndexEvery == 1)
            lock (_offsets) _offsets.Add(offset);
        (Tip, WholeBytes) = (new(entry.Revision, entry.Hash, entry.Content.CommittedAtMs), whole);
    }

    /// <summary>Takes note of roots and transitions that its writer has appended, which were verified.</summary>
    public void Appended(RealmTrust trust, long whole) => (Trust, WholeBytes) = (trust, whole);

    /// <summary>Takes note of a head that its writer has appended, which was verified.</summary>
    public void Appended(SignedHead head, long whole) => (Head, WholeBytes) = (head, whole);

    /// <summary>The entries behind a sequence, up to another, in order. Each is parsed anew; what has changed since the file was opened is an error.</summary>
    /// <exception cref="LogFileException">An entry is not there any more.</exception>
    public IEnumerable<LogEntry> Read(long after, long upTo)
    {
        if (after >= upTo) yield break;
        using var reader = new RecordReader(Path, OffsetAt((int)(after / IndexEvery)));
        while (reader.TryRead(out var type, out var payload))
        {
            if (type != LogRecordType.Entry) continue;
            if (!LogEntry.TryParse(payload, out var entry, out var error)) throw Broken(Path, $"An entry before byte {reader.Offset} is none any more: {error}");
            if (entry.Revision.Sequence <= after) continue;
            yield return entry;
            if (entry.Revision.Sequence >= upTo) yield break;
        }
        throw Broken(Path, reader.Fault ?? $"It ends before entry {upTo}.");
    }

    private long OffsetAt(int index)
    {
        lock (_offsets) return _offsets[index]; // an archive's writer may add to it
    }

    private void Read(RecordReader reader, Action<long, long>? progress, CancellationToken cancellationToken)
    {
        var chain = new EntryChain(Anchor.LogId, LogTip.Empty);
        var (isEnded, entries, nextReport, at) = (false, 0L, 0L, reader.Offset);
        while (!isEnded && reader.TryRead(out var type, out var payload))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (at >= nextReport)
            {
                progress?.Invoke(at, reader.Length);
                nextReport = at + ProgressEvery;
            }
            switch (type)
            {
                case LogRecordType.Entry:
                    if (!chain.TryTake(payload, out var entry, out var fault)) throw Broken(Path, fault);
                    if (!Trust.Epochs.Proves(entry)) throw Broken(Path, $"Entry {entry.Revision} begins an epoch that no transition in front of it proves.");
                    Appended(at, entry, reader.Offset);
                    entries++;
                    break;
                case LogRecordType.Head:
                    if (!SignedHead.TryParse(payload, out var head, out var error)) throw Broken(Path, $"The head at byte {at} is none: {error}");
                    if (chain.FaultOf(head) is { } other) throw Broken(Path, other);
                    Appended(head, reader.Offset);
                    break;
                case LogRecordType.SignedRoot:
                    Trust = Trust with { Roots = Taken(Trust.Roots.Extend(payload), at) };
                    break;
                case LogRecordType.Transition:
                    Trust = Trust with { Epochs = Taken(Trust.Epochs.ExtendOfOld(Trust.Roots, payload), at) };
                    break;
                case LogRecordType.End when Header.Kind == LogFileKind.Backup:
                    if (!LogFileEnd.TryDecode(payload, out var end) || end.Entries != entries) throw Broken(Path, "Its end does not count what is there.");
                    isEnded = true;
                    break;
                default:
                    throw Broken(Path, $"The record at byte {at} does not belong there.");
            }
            if (!isEnded) at = reader.Offset;
        }
        progress?.Invoke(reader.Length, reader.Length);
        if (Header.Kind == LogFileKind.Archive) Torn = reader.Fault;
        else if (!isEnded) throw Broken(Path, reader.Fault ?? "It has no end: whoever wrote it was interrupted.");
        else if (reader.Offset != reader.Length) throw Broken(Path, "Something follows its end.");
        else if (Head is null || Head.Revision != Tip.Revision) throw Broken(Path, "It does not end with a head of its last entry.");
        WholeBytes = at; // of a backup, all that its digest covers
        if (Head is null) return;
        using var verifier = new HeadVerifier(new TrustCell(Trust));
        if (!verifier.IsSignedOnce(Head)) throw Broken(Path, $"Its head at {Head.Revision} is not signed by a key of the trust root that it names.");
    }

    private T Taken<T>(Verdict<T> verdict, long at) where T : class => verdict.Value ?? throw Broken(Path, $"The record at byte {at} is not taken: {verdict.Refusal!.Detail}");

    private static void VerifyDigest(string path, long covered, CancellationToken cancellationToken)
    {
        using var reader = new RecordReader(path, covered);
        if (!reader.TryRead(out _, out var payload) || !LogFileEnd.TryDecode(payload, out var end)) throw Broken(path, "Its end is not whole.");
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 20];
        for (var left = covered; left > 0;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var read = stream.Read(buffer, 0, (int)Math.Min(buffer.Length, left));
            if (read == 0) throw Broken(path, "It became shorter while it was read.");
            hash.AppendData(buffer, 0, read);
            left -= read;
        }
        if (new Hash256(hash.GetHashAndReset()) != end.Digest) throw Broken(path, "Its bytes do not have the digest that its end names.");
    }

    private static LogFileException Broken(string path, string what) => new($"{path} is not used. {what}");
}
