// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Replication.Ports;

/// <summary>A directory tree, in steps small enough that the simulator can lose power between any two.</summary>
/// <remarks>
/// Paths are relative, <c>/</c>-separated, without <c>..</c>. Nothing is durable before it is flushed: a file's bytes by
/// <see cref="FlushAsync"/>, a name (creation, rename, deletion) by <see cref="FlushDirectoryAsync"/> of the directory that holds it.
/// Every failure is a <see cref="FileStoreException"/>.
/// </remarks>
public interface IFileStore
{
    /// <summary>Opens a file for reading as a whole, mapped where the platform can, or <see langword="null"/> if there is none.</summary>
    ValueTask<FileContent?> OpenAsync(string path, CancellationToken cancellationToken);

    /// <summary>Creates a file, or empties one, and writes the parts one after the other. Not durable yet.</summary>
    ValueTask WriteAsync(string path, IReadOnlyList<ReadOnlyMemory<byte>> parts, CancellationToken cancellationToken);

    /// <summary>Appends to a file, creating it if needed. Not durable yet; a crash may leave any prefix.</summary>
    ValueTask AppendAsync(string path, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);

    /// <summary>Overwrites bytes inside a file, creating or lengthening it if needed. Not durable yet.</summary>
    ValueTask WriteAtAsync(string path, long offset, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);

    /// <summary>Makes a file's bytes durable.</summary>
    ValueTask FlushAsync(string path, CancellationToken cancellationToken);

    /// <summary>Gives a file another name in one step, replacing what had it.</summary>
    ValueTask RenameAsync(string from, string to, CancellationToken cancellationToken);

    /// <summary>Makes the names in a directory durable. <c>""</c> is the root.</summary>
    ValueTask FlushDirectoryAsync(string directory, CancellationToken cancellationToken);

    /// <summary>Removes a file; no error if there is none.</summary>
    ValueTask DeleteAsync(string path, CancellationToken cancellationToken);

    /// <summary>Creates a directory and those above it; no error if it exists.</summary>
    ValueTask CreateDirectoryAsync(string directory, CancellationToken cancellationToken);

    /// <summary>Names of files and directories directly inside, ordered ordinally; empty if the directory does not exist.</summary>
    ValueTask<IReadOnlyList<string>> ListAsync(string directory, CancellationToken cancellationToken);
}

/// <summary>A file's bytes as they were when it was opened. Dispose it when done: the bytes may be a mapping.</summary>
public abstract class FileContent : IDisposable
{
    /// <summary>The bytes. Invalid after <see cref="Dispose()"/>.</summary>
    public abstract ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>Lets go of the bytes.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Lets go of the bytes.</summary>
    protected abstract void Dispose(bool disposing);
}

/// <summary>What went wrong with a file, by who must act.</summary>
public enum FileFault
{
    /// <summary>An I/O error: the disk, or what stands in for one.</summary>
    Io,

    /// <summary>No space left.</summary>
    Full,

    /// <summary>The file system is read-only.</summary>
    ReadOnly,

    /// <summary>Not allowed.</summary>
    Denied,
}

/// <summary>A file operation failed; what was durable before still is.</summary>
public sealed class FileStoreException(FileFault fault, string message, Exception? inner = null) : IOException(message, inner)
{
    /// <summary>What kind of failure.</summary>
    public FileFault Fault { get; } = fault;
}
