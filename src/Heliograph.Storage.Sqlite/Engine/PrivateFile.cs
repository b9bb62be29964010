// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Storage.Sqlite.Engine;

/// <summary>Files of the log: they hold the realm's values, so they are made for their owner alone. The mode of a file that is there is not changed.</summary>
internal static class PrivateFile
{
    /// <summary>Makes a file, mode 0600, unless it is there. One that is there is not even opened: closing it would take this process's own locks on it away (POSIX).</summary>
    /// <exception cref="SqliteLogStoreException">It cannot be made here.</exception>
    public static void Ensure(string path)
    {
        if (!File.Exists(path)) OpenOrCreate(path, FileShare.ReadWrite).Dispose();
    }

    /// <summary>Opens a file for writing, and makes it, mode 0600, if it is not there.</summary>
    /// <exception cref="SqliteLogStoreException">It cannot be made or written here.</exception>
    /// <exception cref="IOException">Somebody else has it open and does not share it.</exception>
    public static FileStream OpenOrCreate(string path, FileShare share)
    {
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = share, BufferSize = 0 };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        try
        {
            return new(path, options);
        }
        catch (UnauthorizedAccessException denied)
        {
            throw new SqliteLogStoreException(SqliteRefusal.ReadOnly, $"'{path}' cannot be written: {denied.Message} The log needs a directory that it may write to.", denied);
        }
        catch (IOException failure) when (SystemError.IsReadOnly(failure))
        {
            throw new SqliteLogStoreException(SqliteRefusal.ReadOnly, $"'{path}' cannot be written: the file system is read-only.", failure);
        }
        catch (IOException failure) when (SystemError.IsFull(failure))
        {
            throw new SqliteLogStoreException(SqliteRefusal.Full, $"'{path}' cannot be made: the disk is full.", failure);
        }
        catch (IOException failure) when (!SystemError.IsHeld(failure))
        {
            throw new SqliteLogStoreException(SqliteRefusal.CannotOpen, $"'{path}' cannot be opened: {failure.Message}", failure);
        }
    }
}
