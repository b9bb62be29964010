// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;

namespace Heliograph.Storage.Sqlite.Engine;

/// <summary>The disk under the database: is it local, and are its names durable.</summary>
internal static partial class StorageMedium
{
    private const int ReadOnlyDirectory = 0x10000 | 0x80000; // Linux: O_RDONLY | O_DIRECTORY | O_CLOEXEC

    // Names as statfs gives them. fuse.* may be local, but what stands behind it is unknown; fuseblk is a local disk.
    private static readonly string[] RemoteFormats =
    [
        "nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "afs", "afpfs", "9p", "v9fs", "virtiofs", "ceph", "glusterfs", "gfs", "gpfs", "lustre", "coda", "ncpfs", "webdav",
    ];

    /// <summary>Why a file system of this kind must not carry the log, or <see langword="null"/>.</summary>
    public static string? Fault(DriveType type, string format) =>
        type == DriveType.Network || RemoteFormats.Contains(format, StringComparer.OrdinalIgnoreCase) || format.StartsWith("fuse.", StringComparison.OrdinalIgnoreCase)
            ? $"The file system is '{format}', reached over a network or unknown means, where locks and flushes cannot be relied on. Use a local disk."
            : null;

    /// <summary>Why <paramref name="directory"/> must not carry the log, or <see langword="null"/>.</summary>
    public static string? FaultOf(string directory)
    {
        var drive = new DriveInfo(directory);
        return Fault(drive.DriveType, drive.DriveFormat);
    }

    /// <summary>Makes the names in <paramref name="directory"/> durable. Windows keeps names durable by itself.</summary>
    /// <exception cref="IOException">They are not.</exception>
    public static void FlushDirectory(string directory)
    {
        if (OperatingSystem.IsWindows()) return;
        var descriptor = Open(directory, OperatingSystem.IsLinux() ? ReadOnlyDirectory : 0);
        if (descriptor < 0) throw Failure("open", directory);
        try
        {
            if (Flush(descriptor) != 0) throw Failure("flush", directory);
        }
        finally
        {
            _ = Close(descriptor); // it was opened for reading: nothing can be lost by a failing close
        }
    }

    private static IOException Failure(string what, string directory) =>
        new($"Could not {what} the directory '{directory}': {Marshal.GetLastPInvokeErrorMessage()}.");

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Flush(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
