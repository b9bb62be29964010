// SPDX-License-Identifier: Apache-2.0
using Heliograph.Replication.Ports;

namespace Heliograph.Platform.Files;

/// <summary>A directory of the local disk as a file store.</summary>
/// <remarks>
/// On Linux every promise of the port is kept by the system call that makes it: <c>pwrite</c>, <c>fsync</c>, <c>rename</c>, and
/// <c>fsync</c> of the directory. On macOS the same, a file's flush being <c>F_FULLFSYNC</c>. On Windows a rename is
/// <c>MoveFileEx</c> and a directory cannot be flushed: there a name may be lost by a power failure, content never mixed.
/// Calls run on the thread pool, for a disk may take seconds. Thread-safe for different files; one file has one writer.
/// </remarks>
public sealed class DiskFileStore : IFileStore
{
    /// <summary>Files up to this size are read as a copy; larger ones are mapped. 64 KiB: below it a copy is cheaper than a mapping.</summary>
    public const int CopyBytesMax = 64 << 10;

    private readonly DiskFileStoreOptions _options;

    /// <summary>Uses a directory, and creates it if it is not there.</summary>
    /// <exception cref="FileStoreException">The directory cannot be created.</exception>
    public DiskFileStore(string root, DiskFileStoreOptions? options = null)
    {
        _options = options ?? new();
        Root = Path.GetFullPath(root);
        DiskFaults.Guard(Root, () => CreateDirectory(Root));
    }

    /// <summary>The directory, as an absolute path.</summary>
    public string Root { get; }

    /// <inheritdoc/>
    public ValueTask<FileContent?> OpenAsync(string path, CancellationToken cancellationToken) => RunAsync(path, OpenWhole, cancellationToken);

    /// <inheritdoc/>
    public ValueTask WriteAsync(string path, IReadOnlyList<ReadOnlyMemory<byte>> parts, CancellationToken cancellationToken) => RunAsync(path, full =>
    {
        // Emptying a file in place takes the pages from under whoever has it mapped, and their process with them. What
        // is large enough to be mapped gets a new inode under the same name instead, and the name is made durable here,
        // since the caller did not ask for a new one.
        var replaced = new FileInfo(full) is { Exists: true, Length: > CopyBytesMax };
        if (replaced) File.Delete(full);
        using (var stream = OpenForWriting(full, FileMode.Create)) RandomAccess.Write(stream.SafeFileHandle, parts, 0);
        if (replaced) NativeFiles.FlushDirectory(Path.GetDirectoryName(full)!);
    }, cancellationToken);

    /// <inheritdoc/>
    public ValueTask AppendAsync(string path, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => RunAsync(path, full =>
    {
        using var stream = OpenForWriting(full, FileMode.OpenOrCreate);
        RandomAccess.Write(stream.SafeFileHandle, bytes.Span, RandomAccess.GetLength(stream.SafeFileHandle));
    }, cancellationToken);

    /// <inheritdoc/>
    public ValueTask WriteAtAsync(string path, long offset, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => RunAsync(path, full =>
    {
        using var stream = OpenForWriting(full, FileMode.OpenOrCreate);
        RandomAccess.Write(stream.SafeFileHandle, bytes.Span, offset);
    }, cancellationToken);

    /// <inheritdoc/>
    public ValueTask FlushAsync(string path, CancellationToken cancellationToken) => RunAsync(path, full =>
    {
        // fsync flushes the inode, whoever wrote it; an error of write-back that nobody has seen yet is reported here (Linux 4.13).
        using var handle = File.OpenHandle(full, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        RandomAccess.FlushToDisk(handle);
    }, cancellationToken);

    /// <inheritdoc/>
    public ValueTask RenameAsync(string from, string to, CancellationToken cancellationToken)
    {
        var target = Resolve(to);
        return RunAsync(from, source => NativeFiles.Rename(source, target), cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask FlushDirectoryAsync(string directory, CancellationToken cancellationToken) => RunAsync(directory, NativeFiles.FlushDirectory, cancellationToken);

    /// <inheritdoc/>
    public ValueTask DeleteAsync(string path, CancellationToken cancellationToken) => RunAsync(path, full =>
    {
        if (Directory.Exists(Path.GetDirectoryName(full))) File.Delete(full);
    }, cancellationToken);

    /// <inheritdoc/>
    public ValueTask CreateDirectoryAsync(string directory, CancellationToken cancellationToken) => RunAsync(directory, CreateDirectory, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<string>> ListAsync(string directory, CancellationToken cancellationToken) => RunAsync<IReadOnlyList<string>>(directory, full =>
    {
        if (!Directory.Exists(full)) return [];
        var names = Directory.EnumerateFileSystemEntries(full).Select(entry => Path.GetFileName(entry)).ToArray();
        Array.Sort(names, StringComparer.Ordinal);
        return names;
    }, cancellationToken);

    private static FileContent? OpenWhole(string full)
    {
        try
        {
            using var handle = File.OpenHandle(full, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var length = RandomAccess.GetLength(handle);
            return length <= CopyBytesMax ? CopiedFile.Read(handle, (int)length) : MappedFile.Map(handle, length);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    private FileStream OpenForWriting(string full, FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = FileShare.ReadWrite | FileShare.Delete, BufferSize = 0 };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = _options.FileMode;
        return new(full, options);
    }

    private void CreateDirectory(string full)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(full);
        else Directory.CreateDirectory(full, _options.DirectoryMode);
    }

    private string Resolve(string path)
    {
        if (path.Length == 0) return Root;
        foreach (var segment in path.Split('/'))
            if (segment is "" or "." or ".." || segment.AsSpan().ContainsAny('\\', ':', '\0'))
                throw new ArgumentException("A path in a file store is relative and '/'-separated, without '.', '..', '\\', ':' or empty segments.", nameof(path));
        return Path.Join(Root, path);
    }

    private ValueTask RunAsync(string path, Action<string> work, CancellationToken cancellationToken)
    {
        var full = Resolve(path);
        return new(Task.Run(() => DiskFaults.Guard(full, () => work(full)), cancellationToken));
    }

    private ValueTask<T> RunAsync<T>(string path, Func<string, T> work, CancellationToken cancellationToken)
    {
        var full = Resolve(path);
        return new(Task.Run(() => DiskFaults.Guard(full, () => work(full)), cancellationToken));
    }
}
