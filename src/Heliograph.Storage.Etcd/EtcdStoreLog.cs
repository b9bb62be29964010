// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging;

namespace Heliograph.Storage.Etcd;

internal static partial class EtcdStoreLog // event ids 3200-3299: the log in etcd
{
    [LoggerMessage(EventId = 3201, Level = LogLevel.Information, Message = "Opened the log in etcd at {Revision}; {Usable} of {Members} members may be used.")]
    public static partial void Opened(this ILogger logger, Revision revision, int usable, int members);

    [LoggerMessage(EventId = 3202, Level = LogLevel.Error, Message = "The log store stops: {Reason} Nothing is written or read any more; the process must end and start anew.")]
    public static partial void Stopped(this ILogger logger, string reason);

    [LoggerMessage(EventId = 3203, Level = LogLevel.Warning, Message = "An append was refused: {Reason} Nothing was written; reads go on.")]
    public static partial void WriteRefused(this ILogger logger, string reason);

    [LoggerMessage(EventId = 3204, Level = LogLevel.Information, Message = "Left etcd member {Member}; {Next} is asked next.")]
    public static partial void MemberLeft(this ILogger logger, string member, string next);

    [LoggerMessage(EventId = 3205, Level = LogLevel.Error, Message = "etcd member {Member} is not believed: {Reason} If it persists, etcd was restored from a backup: stop the origins and recover.")]
    public static partial void StaleMember(this ILogger logger, string member, string reason);

    [LoggerMessage(EventId = 3206, Level = LogLevel.Warning, Message = "etcd member {Member} is used although {Reason}.")]
    public static partial void Unsupported(this ILogger logger, string member, string reason);

    [LoggerMessage(EventId = 3207, Level = LogLevel.Error, Message = "A watcher of the log threw; it missed a wake-up.")]
    public static partial void WatcherThrew(this ILogger logger, Exception exception);

    [LoggerMessage(EventId = 3208, Level = LogLevel.Debug, Message = "The watch at etcd member {Member} ended: {Reason} It is set up anew; the log is read meanwhile.")]
    public static partial void WatchEnded(this ILogger logger, string member, string reason);

    [LoggerMessage(EventId = 3209, Level = LogLevel.Information, Message = "Scrubbed {Entries} entries, {Bytes} bytes: all are whole.")]
    public static partial void Scrubbed(this ILogger logger, long entries, long bytes);

    [LoggerMessage(EventId = 3210, Level = LogLevel.Information, Message = "Removed the chunks of {Batches} batches that never came into the log.")]
    public static partial void Swept(this ILogger logger, int batches);

    [LoggerMessage(EventId = 3211, Level = LogLevel.Warning, Message = "The upkeep of etcd did not come to its end: {Reason} It is tried again.")]
    public static partial void UpkeepFailed(this ILogger logger, string reason);

    [LoggerMessage(EventId = 3212, Level = LogLevel.Error, Message = "What one etcd member gave is damaged: {Reason} Another is asked; check that member's disk.")]
    public static partial void DamagedRead(this ILogger logger, string reason);
}
