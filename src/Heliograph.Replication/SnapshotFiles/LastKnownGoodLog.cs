// SPDX-License-Identifier: Apache-2.0
using Heliograph.Replication.Ports;
using Microsoft.Extensions.Logging;

namespace Heliograph.Replication.SnapshotFiles;

internal static partial class LastKnownGoodLog // event ids 2300-2349: the files of last-known-good
{
    [LoggerMessage(EventId = 2301, Level = LogLevel.Warning, Message = "{Namespace} is taken from {File} at {Revision}, not from the newest generation: {Damage}.")]
    public static partial void StartedFromOlder(this ILogger logger, NamespaceName @namespace, string file, Revision revision, string damage);

    [LoggerMessage(EventId = 2302, Level = LogLevel.Error, Message = "{Namespace}: nothing on disk can be used, though {Floor} was accepted before; it waits for a parent. {Damage}.")]
    public static partial void NothingUsable(this ILogger logger, NamespaceName @namespace, Revision floor, string damage);

    [LoggerMessage(EventId = 2303, Level = LogLevel.Warning, Message = "{Namespace}: older generations were deleted to make room for {Revision} on a full disk.")]
    public static partial void MadeRoom(this ILogger logger, NamespaceName @namespace, Revision revision);

    [LoggerMessage(EventId = 2304, Level = LogLevel.Warning, Message = "{Path} could not be cleaned up ({Fault}); it will be tried again.")]
    public static partial void NotCleaned(this ILogger logger, FileStoreException exception, string path, FileFault fault);

    [LoggerMessage(EventId = 2305, Level = LogLevel.Information, Message = "{Namespace} at {Revision} is stable.")]
    public static partial void MarkedStable(this ILogger logger, NamespaceName @namespace, Revision revision);

    [LoggerMessage(EventId = 2306, Level = LogLevel.Warning, Message = "{Directory} cannot be written ({Fault}): what is there is served, nothing newer is accepted until it can be.")]
    public static partial void NotWritable(this ILogger logger, FileStoreException exception, string directory, FileFault fault);

    [LoggerMessage(EventId = 2307, Level = LogLevel.Warning, Message = "The boot record {Path} is damaged and begins anew: {Reason}.")]
    public static partial void BootRecordDamaged(this ILogger logger, string path, string reason);

    [LoggerMessage(EventId = 2309, Level = LogLevel.Error, Message = "{Path} is passed over: {Reason}. The other copy counts, else the trust file alone.")]
    public static partial void TrustRecordDamaged(this ILogger logger, string path, string reason);

    [LoggerMessage(EventId = 2308, Level = LogLevel.Error, Message = "{Path} cannot be read ({Fault}): it counts as if it were not there.")]
    public static partial void NotReadable(this ILogger logger, FileStoreException exception, string path, FileFault fault);
}
