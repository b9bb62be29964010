// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Storage.Sqlite.Engine;

/// <summary>Keeps a second origin away from the same file, for as long as this one lives: the system lets go of it when the process ends, however it ends.</summary>
internal sealed class StoreLock : IDisposable
{
    private readonly FileStream _file;

    private StoreLock(FileStream file) => _file = file;

    /// <exception cref="SqliteLogStoreException">Another process holds it, or it cannot be made here.</exception>
    public static StoreLock Take(string databasePath)
    {
        var path = databasePath + ".lock";
        try
        {
            // FileShare.None is flock(LOCK_EX) on Unix: advisory, and honoured by every process that comes this way.
            return new(PrivateFile.OpenOrCreate(path, FileShare.None));
        }
        catch (IOException failure) when (SystemError.IsHeld(failure))
        {
            throw new SqliteLogStoreException(SqliteRefusal.InUse, $"Another process has '{databasePath}' open. One origin at a time may; stop the other one first.", failure);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
