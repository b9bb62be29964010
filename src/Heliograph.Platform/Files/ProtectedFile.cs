// SPDX-License-Identifier: Apache-2.0
using System.Text;

namespace Heliograph.Platform.Files;

/// <summary>Files that hold keys and trust: written whole and durable, and keys readable by their owner only.</summary>
public static class ProtectedFile
{
    /// <summary>Mode 0600: the owner only.</summary>
    public const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Mode 0644: for everyone to read.</summary>
    public const UnixFileMode Public = OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private const int DefaultBytesMax = 64 << 10;

    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <summary>Writes a file so that after a crash it is there whole or not at all (or as it was before).</summary>
    /// <param name="path">Where. The directory must exist.</param>
    /// <param name="text">Its content, written as UTF-8 without a mark.</param>
    /// <param name="mode">Its exact mode, whatever the umask; from the first byte on.</param>
    /// <param name="replace">Whether a file of that name is replaced. If not, one that exists is an error.</param>
    /// <exception cref="IOException">It could not be written; what was there before still is.</exception>
    public static void Write(string path, string text, UnixFileMode mode, bool replace)
    {
        var full = Path.GetFullPath(path);
        if (!replace && File.Exists(full)) throw new IOException($"{full} exists already and is not overwritten.");
        var temporary = $"{full}.{Guid.NewGuid():N}.tmp";
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None, BufferSize = 0 };
            if (!OperatingSystem.IsWindows()) options.UnixCreateMode = mode & OwnerOnly;
            using (var stream = new FileStream(temporary, options))
            {
                stream.Write(Encoding.UTF8.GetBytes(text));
                if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(stream.SafeFileHandle, mode);
                stream.Flush(flushToDisk: true);
            }
            if (replace) NativeFiles.Rename(temporary, full);
            else File.Move(temporary, full, overwrite: false);
            NativeFiles.FlushDirectory(Path.GetDirectoryName(full)!);
        }
        finally
        {
            File.Delete(temporary); // still there only if a step failed
        }
    }

    /// <summary>
    /// Reads a file that holds a private key, provided that nobody but its owner can. To a process that is not root's, a file of root's may also be readable by its group: so secrets are mounted for whoever may not
    /// own files (Kubernetes' <c>fsGroup</c>), and nobody but root put it there.
    /// </summary>
    /// <exception cref="IOException">There is no such file, it is over 64 KiB, or others may read or change it; the message says how to mend that.</exception>
    public static string ReadSecret(string path)
    {
        var full = Path.GetFullPath(path);
        using var stream = Open(full);
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(stream.SafeFileHandle) & Others) is var others && others != 0 && !(others == UnixFileMode.GroupRead && IsHandedOutByRoot(stream)))
            throw new IOException($"{full} holds a private key and is accessible to others than its owner; it is not used. Run: chmod 600 {full}");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    /// <summary>Reads a file of bounded size as bytes.</summary>
    /// <param name="path">The file.</param>
    /// <param name="bytesMax">Largest file; 64 KiB by default.</param>
    /// <exception cref="IOException">There is no such file, or it is larger.</exception>
    public static byte[] ReadPublic(string path, int bytesMax = DefaultBytesMax)
    {
        using var stream = Open(Path.GetFullPath(path), bytesMax);
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    private static bool IsHandedOutByRoot(FileStream stream) => OperatingSystem.IsLinux() && !Environment.IsPrivilegedProcess && NativeFiles.OwnerOf($"/proc/self/fd/{stream.SafeFileHandle.DangerousGetHandle()}") == 0;

    private static FileStream Open(string full, int bytesMax = DefaultBytesMax)
    {
        FileStream stream;
        try
        {
            stream = new(full, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new IOException($"{full}: this process is not allowed to read it.", exception);
        }
        if (stream.Length <= bytesMax) return stream;
        stream.Dispose();
        throw new IOException($"{full} is larger than {bytesMax >> 10} KiB and cannot be what it should be.");
    }
}
