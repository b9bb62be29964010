// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Log;
using Microsoft.Extensions.Logging;

namespace Heliograph.Storage.Sqlite;

internal static partial class SqliteStoreLog // event ids 3100-3199: the log in SQLite
{
    [LoggerMessage(EventId = 3101, Level = LogLevel.Information, Message = "Opened the log in {Path} at {Revision}, SQLite {Engine}: its last {Verified} entries and all pages are whole.")]
    public static partial void Opened(this ILogger logger, string path, Revision revision, string engine, long verified);

    [LoggerMessage(EventId = 3102, Level = LogLevel.Error, Message = "The log store stops: {Reason} Nothing is written or read any more; the process must end and start anew, which verifies the log.")]
    public static partial void Stopped(this ILogger logger, Exception? exception, string reason);

    [LoggerMessage(EventId = 3103, Level = LogLevel.Warning, Message = "An append was refused: {Reason} Nothing was written; reads go on.")]
    public static partial void WriteRefused(this ILogger logger, string reason);

    [LoggerMessage(EventId = 3104, Level = LogLevel.Warning, Message = "The write-ahead log, {WalBytes} bytes, could not be copied into the database: {Reason} It grows until that works.")]
    public static partial void CheckpointFailed(this ILogger logger, long walBytes, string reason);

    [LoggerMessage(EventId = 3105, Level = LogLevel.Debug, Message = "Copied {Pages} pages from the write-ahead log into the database.")]
    public static partial void Checkpointed(this ILogger logger, long pages);

    [LoggerMessage(EventId = 3106, Level = LogLevel.Error, Message = "A watcher of the log threw; it missed a wake-up.")]
    public static partial void WatcherThrew(this ILogger logger, Exception exception);

    [LoggerMessage(EventId = 3107, Level = LogLevel.Information, Message = "Scrubbed {Entries} entries, {Bytes} bytes: all are whole.")]
    public static partial void Scrubbed(this ILogger logger, long entries, long bytes);
}
