// SPDX-License-Identifier: Apache-2.0
using Heliograph.Replication.Ports;

namespace Heliograph.Platform.Files;

/// <summary>Turns what .NET throws about files into faults by who must act.</summary>
internal static class DiskFaults
{
    private const int Eperm = 1, Eacces = 13, Enospc = 28, Erofs = 30, EdquotLinux = 122, EdquotMac = 69;
    private const int DiskFull = unchecked((int)0x80070070), HandleDiskFull = unchecked((int)0x80070027), WriteProtect = unchecked((int)0x80070013);

    /// <summary>Does the work; a failure of the disk comes out as a <see cref="FileStoreException"/>.</summary>
    public static void Guard(string path, Action work) => Guard<object?>(path, () =>
    {
        work();
        return null;
    });

    /// <summary>Does the work; a failure of the disk comes out as a <see cref="FileStoreException"/>.</summary>
    public static T Guard<T>(string path, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or (IOException and not FileStoreException))
        {
            throw Wrap(path, exception);
        }
    }

    private static FileStoreException Wrap(string path, Exception exception)
    {
        var fault = Classify(exception);
        return new(fault, fault switch
        {
            FileFault.Full => $"{path}: no space is left on the device, or the quota is used up.",
            FileFault.ReadOnly => $"{path}: the file system is read-only.",
            FileFault.Denied => $"{path}: this process is not allowed to do that.",
            _ => $"{path}: {exception.Message}",
        }, exception);
    }

    private static FileFault Classify(Exception exception)
    {
        // On Unix, .NET gives the errno as HResult; access errors wrap the one that holds it.
        var code = (exception is UnauthorizedAccessException && exception.InnerException is IOException inner ? inner : exception).HResult;
        return code switch
        {
            Enospc or EdquotLinux or DiskFull or HandleDiskFull => FileFault.Full,
            EdquotMac when OperatingSystem.IsMacOS() => FileFault.Full,
            Erofs or WriteProtect => FileFault.ReadOnly,
            Eacces or Eperm => FileFault.Denied,
            _ => exception is UnauthorizedAccessException ? FileFault.Denied : FileFault.Io,
        };
    }
}
