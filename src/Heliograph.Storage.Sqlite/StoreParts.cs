// SPDX-License-Identifier: Apache-2.0
using Heliograph.Storage.Sqlite.Engine;
using Heliograph.Storage.Sqlite.Reading;
using Heliograph.Storage.Sqlite.Writing;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Heliograph.Storage.Sqlite;

/// <summary>A database that is open and verified.</summary>
internal sealed record StoreParts(StoreLock? Lock, LogWriter Writer, Checkpointer Checkpointer, ReaderPool Readers)
{
    private const long EntriesCheckedAtStart = 10_000;

    /// <summary>Opens or creates, and checks everything that is checked before the first answer. Blocks.</summary>
    /// <exception cref="SqliteLogStoreException">Something is not as it must be. Nothing stays open.</exception>
    public static StoreParts Open(SqliteLogStoreOptions options, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
        var path = Path.GetFullPath(options.Path);
        var directory = Path.GetDirectoryName(path) ?? path;
        if (!Directory.Exists(directory)) throw new SqliteLogStoreException(SqliteRefusal.CannotOpen, $"The directory '{directory}' does not exist.");
        if (StorageMedium.FaultOf(directory) is { } fault) throw new SqliteLogStoreException(SqliteRefusal.NetworkFileSystem, $"'{path}' is not opened. {fault}");

        var open = new Stack<IDisposable>(); // closed in reverse if a later step fails
        try
        {
            var storeLock = options.IsLockExclusive ? StoreLock.Take(path) : null;
            if (storeLock is not null) open.Push(storeLock);
            PrivateFile.Ensure(path); // SQLite would make it readable to everyone; its other files get the mode of this one
            var connection = StoreConnection.OpenWriter(path, options.Synchronous);
            open.Push(connection);
            if (StoreSchema.IsEmpty(connection)) StoreSchema.Create(connection, options.LogId);
            StoreSchema.Verify(connection, path, options.LogId);
            if (!options.OpensMoved && MoveMark.Fault(connection.Ask("SELECT node FROM leader WHERE id = 1")) is { } moved) throw new SqliteLogStoreException(SqliteRefusal.Moved, $"'{path}' is not opened. {moved}");
            StorageMedium.FlushDirectory(directory); // at every start: a crash may have come between creating and flushing

            var readers = new ReaderPool(path, options.LogId);
            open.Push(readers);
            var (entries, tip) = readers.Use(reader => reader.CheckTail(EntriesCheckedAtStart, cancellationToken));
            logger.Opened(path, tip.Revision, connection.ServerVersion, entries);
            return new(storeLock, new(connection, time, options.Probe), new(connection, options.CheckpointBytes, time, logger), readers);
        }
        catch (Exception exception)
        {
            while (open.TryPop(out var part)) part.Dispose();
            if (Refusal(path, exception) is { } refused) throw refused;
            throw;
        }
    }

    private static SqliteLogStoreException? Refusal(string path, Exception exception) => exception switch
    {
        CorruptLogException corrupt => new(SqliteRefusal.Corrupt, $"The log in '{path}' is damaged. {corrupt.Message} Restore it from a backup or an archive.", corrupt),
        SqliteException sqlite => new(sqlite.Refusal(), $"'{path}' is not opened. {sqlite.Describe()}.", sqlite),
        _ => null, // it says what it is already, or is a bug
    };
}
