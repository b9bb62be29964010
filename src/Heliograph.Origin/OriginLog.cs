// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging;

namespace Heliograph.Origin;

internal static partial class OriginLog // event ids 4300-4399: the origin
{
    [LoggerMessage(EventId = 4301, Level = LogLevel.Information, Message = "A realm was made: '{Realm}', log {LogId}. Hand out {TrustFile}; keep a copy of {KeyFile} offline.")]
    public static partial void RealmMade(this ILogger logger, string realm, string logId, string trustFile, string keyFile);

    [LoggerMessage(EventId = 4302, Level = LogLevel.Information, Message = "Origin of '{Realm}' serves revision {Revision} at {Endpoints}.")]
    public static partial void Serving(this ILogger logger, string realm, Revision revision, string endpoints);

    [LoggerMessage(EventId = 4303, Level = LogLevel.Information, Message = "This origin takes changes.")]
    public static partial void TakesChanges(this ILogger logger);

    [LoggerMessage(EventId = 4304, Level = LogLevel.Warning, Message = "This origin takes no changes: {Reason}")]
    public static partial void TakesNoChanges(this ILogger logger, string reason);

    [LoggerMessage(EventId = 4305, Level = LogLevel.Critical, Message = "The origin ends: what it cannot vouch for it does not serve. Subscribers keep last-known-good.")]
    public static partial void Ended(this ILogger logger, Exception exception);

    [LoggerMessage(EventId = 4306, Level = LogLevel.Information, Message = "The first administrator's token is in {Path}, for its owner only.")]
    public static partial void AdminTokenMade(this ILogger logger, string path);

    [LoggerMessage(EventId = 4307, Level = LogLevel.Critical, Message = "The log is damaged: {Damage} Restore it from a replica or a backup; subscribers keep last-known-good.")]
    public static partial void LogDamaged(this ILogger logger, string damage);

    [LoggerMessage(EventId = 4308, Level = LogLevel.Warning, Message = "A scrub of the log did not come to its end: {Reason} It is tried again.")]
    public static partial void ScrubInterrupted(this ILogger logger, string reason);

    [LoggerMessage(EventId = 4309, Level = LogLevel.Information, Message = "A change could not be passed to the origin at {Address}: {Reason}. It waits for the one that orders changes.")]
    public static partial void ForwardFailed(this ILogger logger, string address, string reason);

    [LoggerMessage(EventId = 4310, Level = LogLevel.Information, Message = "This origin follows, and passes changes on: {Reason}")]
    public static partial void Follows(this ILogger logger, string reason);

    [LoggerMessage(EventId = 4311, Level = LogLevel.Debug, Message = "The origin that orders changes was not told who is connected here: {Reason}")]
    public static partial void FleetNotTold(this ILogger logger, string reason);
}
