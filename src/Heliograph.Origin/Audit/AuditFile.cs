// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using Heliograph.Core.Audit;
using Heliograph.Platform.Files;

namespace Heliograph.Origin.Audit;

/// <summary>What a chain is, and how much of it is kept.</summary>
/// <param name="Chain">One of <see cref="AuditChains"/>.</param>
/// <param name="LogId">The realm.</param>
/// <param name="Node">Which origin; <see langword="null"/> for the chain that all share.</param>
/// <param name="FilesMax">Most files that are kept; the oldest goes first. <see langword="null"/>: all.</param>
internal sealed record AuditFileRules(string Chain, Hash256 LogId, string? Node, int? FilesMax)
{
    /// <summary>A file that has reached this size is followed by a new one.</summary>
    public int FileBytesMax { get; init; } = 16 << 20;
}

/// <summary>One chain on disk: files <c>&lt;chain&gt;-&lt;number&gt;.log</c>, of which the last grows. Thread-safe.</summary>
/// <remarks>Whoever opens it reads the last file whole: half a line at its end is cut off, damage is set aside and said in the chain itself.</remarks>
internal sealed class AuditFile : IDisposable
{
    private readonly Lock _lock = new();
    private readonly string _directory;
    private readonly AuditFileRules _rules;
    private FileStream _file;
    private long _length; // what is known to be whole; anything behind it is a write that failed
    private Hash256 _tipHash; // of the newest line, which may be one that begins a file
    private bool _isDirty;

    private AuditFile(string directory, AuditFileRules rules, FileStream file) => (_directory, _rules, _file) = (directory, rules, file);

    /// <summary>Number of the newest record; 0 before the first.</summary>
    public long Last { get; private set; }

    /// <summary>Its hash; zeros before the first.</summary>
    public Hash256 LastHash { get; private set; }

    /// <summary>Bytes of half a line that opening cut off.</summary>
    public long CutBytes { get; private set; }

    /// <summary>Name of the damaged file that opening set aside; <see langword="null"/> if nothing was damaged.</summary>
    public string? SetAside { get; private set; }

    /// <summary>Opens a chain, or begins it.</summary>
    /// <exception cref="IOException">A file cannot be read or written.</exception>
    public static AuditFile Open(string directory, AuditFileRules rules)
    {
        var files = FilesOf(directory, rules.Chain);
        if (files.Count == 0) return Begin(directory, rules, new AuditVerifier(), null);
        var newest = files[^1];
        var verifier = new AuditVerifier();
        var whole = Check(newest, verifier, out var isDamaged);
        if (verifier.Chain is not null && (verifier.Chain != rules.Chain || verifier.LogId != rules.LogId.ToString())) (whole, isDamaged) = (0, true); // another realm's
        if (isDamaged) return GoOnAfterDamage(directory, rules, files, verifier, whole);
        var stream = OpenToAppend(newest, FileMode.Open);
        var file = new AuditFile(directory, rules, stream) { Last = verifier.Last, LastHash = verifier.LastHash, _tipHash = verifier.TipHash, CutBytes = stream.Length - whole, _length = whole };
        file.Rewind();
        return file;
    }

    /// <summary>Adds a record behind the newest.</summary>
    /// <param name="record">Makes it, given its number.</param>
    /// <exception cref="IOException">It could not be written; the chain is as it was before.</exception>
    public void Append(Func<long, string> record)
    {
        lock (_lock)
        {
            if (_length >= _rules.FileBytesMax) Roll();
            var line = AuditLine.After(_tipHash, record(Last + 1));
            Write(line);
            (Last, LastHash) = (Last + 1, line.Hash);
        }
    }

    /// <summary>Has what was written survive a loss of power.</summary>
    public void Flush()
    {
        lock (_lock)
        {
            if (!_isDirty) return;
            _file.Flush(flushToDisk: true);
            _isDirty = false;
        }
    }

    /// <summary>Sets every file aside and begins anew: what they hold is not what it should be.</summary>
    public void BeginAnew()
    {
        lock (_lock)
        {
            _file.Dispose();
            foreach (var path in FilesOf(_directory, _rules.Chain)) SetAside = MoveAside(path);
            (Last, LastHash, _tipHash, _length) = (0, Hash256.Zero, Hash256.Zero, 0);
            _file = OpenToAppend(PathOf(_directory, _rules.Chain, 0), FileMode.CreateNew);
            Write(AuditLine.After(Hash256.Zero, AuditRecords.Begin(0, _rules.Chain, _rules.LogId, _rules.Node, Hash256.Zero, SetAside)));
        }
    }

    /// <summary>Lines in order: the records after a number, and the lines that begin files among them.</summary>
    /// <param name="after">0: from the oldest that is kept.</param>
    /// <param name="recordsMax">Most records.</param>
    public List<AuditLine> Read(long after, int recordsMax)
    {
        List<string> files;
        long until;
        lock (_lock)
        {
            files = FilesOf(_directory, _rules.Chain);
            until = Last;
        }
        var start = files.FindLastIndex(path => NumberOf(path) <= after);
        var (lines, records) = (new List<AuditLine>(), 0);
        foreach (var path in files.Skip(Math.Max(0, start)))
        {
            var number = NumberOf(path);
            foreach (var (bytes, isFirst) in LinesOf(path, out _))
            {
                if (!AuditLine.TryParse(bytes, out var line)) return lines; // damage: the verifier says what it is
                if (!isFirst) number++;
                if (number < after || (!isFirst && number == after)) continue;
                if (number > until || (!isFirst && records++ == recordsMax) || (isFirst && records >= recordsMax)) return lines;
                lines.Add(line);
            }
        }
        return lines;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_isDirty) _file.Flush(flushToDisk: true);
            _file.Dispose();
        }
    }

    /// <summary>The files of a chain, oldest first.</summary>
    internal static List<string> FilesOf(string directory, string chain) =>
        [.. Directory.EnumerateFiles(directory, $"{chain}-*.log").Where(path => NumberOf(path) >= 0).Order(StringComparer.Ordinal)];

    /// <summary>Lines of a file, without their ends; <paramref name="wholeBytes"/> is set when all are read.</summary>
    private static List<(ReadOnlyMemory<byte> Line, bool IsFirst)> LinesOf(string path, out long wholeBytes)
    {
        byte[] bytes;
        using (var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete))
        {
            bytes = new byte[stream.Length];
            bytes = bytes[..stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)];
        }
        var lines = new List<(ReadOnlyMemory<byte>, bool)>();
        var at = 0;
        while (bytes.AsSpan(at).IndexOf((byte)'\n') is var length and >= 0)
        {
            lines.Add((bytes.AsMemory(at, length), lines.Count == 0));
            at += length + 1;
        }
        wholeBytes = at;
        return lines;
    }

    /// <summary>How many bytes of a file are whole records that follow each other.</summary>
    private static long Check(string path, AuditVerifier verifier, out bool isDamaged)
    {
        var lines = LinesOf(path, out _);
        long whole = 0;
        foreach (var (line, _) in lines)
        {
            if (verifier.Next(line) is not null)
            {
                isDamaged = true;
                return whole;
            }
            whole += line.Length + 1;
        }
        isDamaged = lines.Count == 0; // not even the line that begins it
        return whole;
    }

    private static AuditFile GoOnAfterDamage(string directory, AuditFileRules rules, List<string> files, AuditVerifier verifier, long whole)
    {
        var newest = files[^1];
        var aside = $"{newest}.damaged-{File.GetLastWriteTimeUtc(newest).ToString("yyyyMMddHHmmssfff", CultureInfo.InvariantCulture)}";
        File.Copy(newest, aside, overwrite: true);
        var good = verifier;
        if (verifier.Records > 0)
        {
            using var kept = OpenToAppend(newest, FileMode.Open);
            kept.SetLength(whole);
        }
        else
        {
            File.Delete(newest);
            good = new AuditVerifier();
            if (files.Count > 1) Check(files[^2], good, out _);
        }
        return Begin(directory, rules, good, Path.GetFileName(aside));
    }

    private static AuditFile Begin(string directory, AuditFileRules rules, AuditVerifier before, string? setAside)
    {
        var (last, tip) = (before.Last, before.TipHash);
        var file = new AuditFile(directory, rules, OpenToAppend(PathOf(directory, rules.Chain, last), FileMode.CreateNew)) { Last = last, LastHash = before.LastHash, SetAside = setAside };
        file.Write(AuditLine.After(tip, AuditRecords.Begin(last, rules.Chain, rules.LogId, rules.Node, tip, setAside)));
        NativeFiles.FlushDirectory(directory);
        return file;
    }

    private void Roll()
    {
        _file.Flush(flushToDisk: true);
        var next = OpenToAppend(PathOf(_directory, _rules.Chain, Last), FileMode.Create); // Create: a beginning that could not be written before
        _file.Dispose();
        (_file, _length) = (next, 0);
        Write(AuditLine.After(_tipHash, AuditRecords.Begin(Last, _rules.Chain, _rules.LogId, _rules.Node, _tipHash)));
        NativeFiles.FlushDirectory(_directory);
        if (_rules.FilesMax is not { } max) return;
        var files = FilesOf(_directory, _rules.Chain);
        foreach (var old in files.Take(files.Count - max)) File.Delete(old);
    }

    private void Write(AuditLine line)
    {
        if (_file.Length != _length) Rewind();
        _isDirty = true;
        var bytes = line.ToBytes();
        _file.Write(bytes); // unbuffered: a process that dies loses nothing
        _length += bytes.Length;
        _tipHash = line.Hash;
    }

    private void Rewind()
    {
        _file.SetLength(_length);
        _file.Position = _length;
    }

    private static string MoveAside(string path)
    {
        var aside = $"{path}.set-aside-{File.GetLastWriteTimeUtc(path).ToString("yyyyMMddHHmmssfff", CultureInfo.InvariantCulture)}";
        File.Move(path, aside, overwrite: true);
        return Path.GetFileName(aside);
    }

    private static FileStream OpenToAppend(string path, FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = FileShare.Read | FileShare.Delete, BufferSize = 0 };
        if (!OperatingSystem.IsWindows() && mode != FileMode.Open) options.UnixCreateMode = ProtectedFile.OwnerOnly;
        var stream = new FileStream(path, options);
        stream.Seek(0, SeekOrigin.End);
        return stream;
    }

    private static string PathOf(string directory, string chain, long number) => Path.Combine(directory, string.Create(CultureInfo.InvariantCulture, $"{chain}-{number:D12}.log"));

    private static long NumberOf(string path) =>
        Path.GetFileNameWithoutExtension(path) is var name && name.LastIndexOf('-') is var dash and >= 0 && long.TryParse(name.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1;
}
