// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging;

namespace Heliograph.Hosting;

internal static partial class HostingLog // event ids 4100-4199: listeners, connections, stopping
{
    [LoggerMessage(EventId = 4101, Level = LogLevel.Information, Message = "{Peer} was turned away in the TLS handshake: {Reason}.")]
    public static partial void ClientCertificateRefused(this ILogger logger, string peer, string reason);

    [LoggerMessage(EventId = 4102, Level = LogLevel.Error, Message = "Serving {Peer} failed in a way that was not foreseen; its connection is closed.")]
    public static partial void ServingFailed(this ILogger logger, Exception exception, string peer);

    [LoggerMessage(EventId = 4103, Level = LogLevel.Information, Message = "The certificate of {Subject} at {Peer} has expired while it was connected; it must reconnect with a new one.")]
    public static partial void CertificateExpired(this ILogger logger, string subject, string peer);

    [LoggerMessage(EventId = 4104, Level = LogLevel.Warning, Message = "{Id} is given one parent, {Parent}: when that one is gone it hears of no change. Give it a second --parent, or say that one is meant with --single-parent.")]
    public static partial void SingleParent(this ILogger logger, string id, Uri parent);

    [LoggerMessage(EventId = 4105, Level = LogLevel.Error, Message = "A connection could not be accepted; it is tried again with the next. Are there descriptors left (ulimit -n)?")]
    public static partial void NotAccepted(this ILogger logger, Exception exception);

    [LoggerMessage(EventId = 4106, Level = LogLevel.Debug, Message = "The TLS handshake with {Peer} failed: {Reason}.")]
    public static partial void HandshakeFailed(this ILogger logger, string peer, string reason);

    [LoggerMessage(EventId = 4107, Level = LogLevel.Warning, Message = "Sync connections under TLS are served by way of Kestrel, at several times the memory: {Reason}")]
    public static partial void SocketsWithoutTls(this ILogger logger, string reason);

    [LoggerMessage(EventId = 4111, Level = LogLevel.Error, Message = "{Method} {Path} failed in a way that was not foreseen; the caller was answered with 500.")]
    public static partial void RequestFailed(this ILogger logger, Exception exception, string method, string path);

    [LoggerMessage(EventId = 4121, Level = LogLevel.Information, Message = "Stopping: draining, for {Timeout} at most.")]
    public static partial void Draining(this ILogger logger, TimeSpan timeout);

    [LoggerMessage(EventId = 4122, Level = LogLevel.Information, Message = "Drained.")]
    public static partial void Drained(this ILogger logger);

    [LoggerMessage(EventId = 4123, Level = LogLevel.Warning, Message = "Not drained within {Timeout}; stopping all the same.")]
    public static partial void DrainTimedOut(this ILogger logger, TimeSpan timeout);

    [LoggerMessage(EventId = 4131, Level = LogLevel.Warning, Message = "The reader keys in {Path} could not be read or kept; read-only clients are known again once a parent has given them.")]
    public static partial void ReaderKeysNotKept(this ILogger logger, Exception exception, string path);

    [LoggerMessage(EventId = 4132, Level = LogLevel.Warning, Message = "A parent gave a reader key of {Namespace} that the realm does not name; it is not used. Unless access keys were just made anew, do not trust that parent.")]
    public static partial void ReaderKeyNotNamed(this ILogger logger, NamespaceName @namespace);

    [LoggerMessage(EventId = 4141, Level = LogLevel.Information, Message = "The certificate was renewed; it is valid until {End}.")]
    public static partial void Renewed(this ILogger logger, DateTimeOffset end);

    [LoggerMessage(EventId = 4142, Message = "The certificate, valid until {End}, could not be renewed; it is tried again: {Reason}")]
    public static partial void NotRenewed(this ILogger logger, LogLevel level, DateTimeOffset end, string reason);

    [LoggerMessage(EventId = 4143, Level = LogLevel.Debug, Message = "The connection of {Subject} from {Peer} has reached its age, and the peer came back on another.")]
    public static partial void AgeReached(this ILogger logger, string subject, string peer);

    [LoggerMessage(EventId = 4144, Level = LogLevel.Information, Message = "The connection of {Subject} from {Peer} has reached its age and was ended: the peer did not come back when it was asked to, as one of an earlier version.")]
    public static partial void AgeIgnored(this ILogger logger, string subject, string peer);

    [LoggerMessage(EventId = 4124, Level = LogLevel.Error, Message = "Draining {Part} failed; stopping all the same.")]
    public static partial void DrainFailed(this ILogger logger, Exception exception, string part);
}
