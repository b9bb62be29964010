// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;

namespace Heliograph.Platform.Files;

/// <summary>What .NET does not offer: a rename that never falls back to copying, making names durable, telling a socket from a file.</summary>
internal static partial class NativeFiles
{
    // O_DIRECTORY is left out: its value differs by processor, and a directory opens without it.
    private const int ReadOnly = 0, CloseOnExecLinux = 0x80000, CloseOnExecMac = 0x1000000;
    private const int Einval = 22, EnotsupLinux = 95, EnotsupMac = 45;

    /// <summary>Gives a file another name in one step, replacing what had it.</summary>
    public static void Rename(string from, string to)
    {
        if (OperatingSystem.IsWindows()) File.Move(from, to, overwrite: true);
        else if (rename(from, to) != 0) throw Error();
    }

    /// <summary>Makes the names in a directory durable. Does nothing on Windows, and where the file system has no such thing.</summary>
    public static void FlushDirectory(string directory)
    {
        if (OperatingSystem.IsWindows()) return;
        var descriptor = open(directory, ReadOnly | (OperatingSystem.IsMacOS() ? CloseOnExecMac : CloseOnExecLinux));
        if (descriptor < 0) throw Error();
        try
        {
            if (fsync(descriptor) == 0) return;
            var errno = Marshal.GetLastPInvokeError();
            if (errno is not (Einval or EnotsupLinux or EnotsupMac)) throw Error(errno); // those three: a file system without it (CIFS, some FUSE)
        }
        finally
        {
            _ = close(descriptor); // opened for reading: there is nothing that closing could lose
        }
    }

    /// <summary>Whether a path, which is not followed if it is a link, names a socket. Linux only.</summary>
    public static unsafe bool IsSocket(string path)
    {
        // statx is asked because its struct is the same on every processor, unlike stat's: 256 bytes, u16 mode at 28.
        const int ModeOffset = 28, StatxBytes = 256, AtCurrentDirectory = -100, AtNoFollow = 0x100;
        const uint MaskType = 1, FormatMask = 0xF000, FormatSocket = 0xC000;
        var buffer = stackalloc byte[StatxBytes];
        if (statx(AtCurrentDirectory, path, AtNoFollow, MaskType, buffer) != 0) throw Error();
        return (*(ushort*)(buffer + ModeOffset) & FormatMask) == FormatSocket;
    }

    /// <summary>The number of the user whose a file is. Linux only.</summary>
    public static unsafe uint OwnerOf(string path)
    {
        const int OwnerOffset = 20, StatxBytes = 256, AtCurrentDirectory = -100;
        const uint MaskOwner = 8;
        var buffer = stackalloc byte[StatxBytes];
        return statx(AtCurrentDirectory, path, 0, MaskOwner, buffer) == 0 ? *(uint*)(buffer + OwnerOffset) : throw Error();
    }

    private static IOException Error() => Error(Marshal.GetLastPInvokeError());

    private static IOException Error(int errno) => new(Marshal.GetPInvokeErrorMessage(errno), errno); // HResult = errno, as .NET itself does

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int rename(string from, string to);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int statx(int directory, string path, int flags, uint mask, byte* result);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fsync(int descriptor);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close(int descriptor);
}
