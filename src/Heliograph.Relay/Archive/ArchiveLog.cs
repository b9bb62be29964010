// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging;

namespace Heliograph.Relay.Archive;

internal static partial class ArchiveLog // event ids 4201-4219: a relay's archive of the log
{
    [LoggerMessage(EventId = 4201, Level = LogLevel.Information, Message = "The archive {Path} is whole up to {Revision}, {Bytes} bytes.")]
    public static partial void ArchiveOpened(this ILogger logger, string path, Revision revision, long bytes);

    [LoggerMessage(EventId = 4202, Level = LogLevel.Warning, Message = "The archive has a torn end. {Reason} It is cut off and fetched again; what was there is kept in {Torn}.")]
    public static partial void ArchiveTorn(this ILogger logger, string reason, string torn);

    [LoggerMessage(EventId = 4203, Level = LogLevel.Information, Message = "Archiving the log from {Server}, after {Revision}.")]
    public static partial void Archiving(this ILogger logger, string server, Revision revision);

    [LoggerMessage(EventId = 4204, Level = LogLevel.Warning, Message = "The archive is not kept level now: {Reason} It is tried again.")]
    public static partial void ArchiveWaits(this ILogger logger, string reason);

    [LoggerMessage(EventId = 4206, Level = LogLevel.Warning, Message = "The epoch of the archive's end, {Held}, has ended: it goes on behind {Base}. What was discarded is kept in {Aside}.")]
    public static partial void ArchiveRewound(this ILogger logger, Revision held, Revision @base, string aside);

    [LoggerMessage(EventId = 4205, Level = LogLevel.Error, Message = "The archive takes nothing of what it was given: {Reason} What it holds stays as it is. If it persists, two histories of the realm are about: compare 'helio status' of the origins before anything else.")]
    public static partial void ArchiveRefused(this ILogger logger, Exception? exception, string reason);
}
