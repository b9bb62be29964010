// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Replicas;
using Heliograph.Replication.Ports;
using Microsoft.Extensions.Logging;

namespace Heliograph.Replication.Following;

internal static partial class FollowerLog // event ids 2100-2199: a follower and its parents
{
    [LoggerMessage(EventId = 2101, Level = LogLevel.Warning, Message = "Lost parent {Parent}: {Reason}. Serving what is held, newest head {Revision}; next {NextParent} in {Wait}.")]
    public static partial void ParentLost(this ILogger logger, Exception? exception, Uri parent, string reason, Revision revision, Uri nextParent, TimeSpan wait);

    [LoggerMessage(EventId = 2102, Level = LogLevel.Information, Message = "Following {Parent} ({ServerRole} {ServerId}), protocol {Protocol}.")]
    public static partial void Following(this ILogger logger, Uri parent, string serverRole, string serverId, uint protocol);

    [LoggerMessage(EventId = 2103, Level = LogLevel.Debug, Message = "{Namespace} is at {Revision}.")]
    public static partial void Applied(this ILogger logger, NamespaceName @namespace, Revision revision);

    [LoggerMessage(EventId = 2104, Level = LogLevel.Warning, Message = "Refused an update of {Namespace} from {Parent}: {Code}. {Detail}")]
    public static partial void UpdateRefused(this ILogger logger, NamespaceName @namespace, Uri parent, RefusalCode code, string detail);

    [LoggerMessage(EventId = 2105, Level = LogLevel.Error, Message = "Refused a head from {Parent}: {Code}. {Detail} Nothing was changed; find out who signed it.")]
    public static partial void HeadSuspicious(this ILogger logger, Uri parent, RefusalCode code, string detail);

    [LoggerMessage(EventId = 2106, Level = LogLevel.Information, Message = "{Namespace} is not served by the parent: {Code}. {Detail}")]
    public static partial void NamespaceGone(this ILogger logger, NamespaceName @namespace, string code, string detail);

    [LoggerMessage(EventId = 2107, Level = LogLevel.Error, Message = "{Namespace} at {Revision} could not be made durable ({Fault}) and was not activated; what was there before goes on being served.")]
    public static partial void NotPersisted(this ILogger logger, Exception exception, NamespaceName @namespace, Revision revision, FileFault fault);

    [LoggerMessage(EventId = 2108, Level = LogLevel.Warning, Message = "Last-known-good of {Namespace}: {Damage}")]
    public static partial void StoredReplicaDamaged(this ILogger logger, NamespaceName @namespace, string damage);

    [LoggerMessage(EventId = 2111, Level = LogLevel.Warning, Message = "{Namespace} was deleted, but its last-known-good could not be removed ({Fault}); the next start may find it again.")]
    public static partial void NotRemoved(this ILogger logger, Exception exception, NamespaceName @namespace, FileFault fault);

    [LoggerMessage(EventId = 2110, Level = LogLevel.Error, Message = "Following {Parent} broke in a way that it never should. What is held is served, and following goes on.")]
    public static partial void FollowingBroke(this ILogger logger, Exception exception, Uri parent);

    [LoggerMessage(EventId = 2112, Level = LogLevel.Warning, Message = "Root version {Version} of the realm's trust is held now: heads count that {HeadKeys} signed.")]
    public static partial void RootAdopted(this ILogger logger, uint version, string headKeys);

    [LoggerMessage(EventId = 2113, Level = LogLevel.Error, Message = "Epoch {Epoch} has begun behind {Base}: {Reason}. What came after that is discarded history; {Namespaces} namespaces held here are beyond it, and go on being served until their new content comes.")]
    public static partial void HistoryDiscarded(this ILogger logger, int epoch, Revision @base, string reason, int namespaces);

    [LoggerMessage(EventId = 2114, Level = LogLevel.Error, Message = "Refused a root or a transition from {Parent}: {Code}. {Detail} What is trusted stays as it is.")]
    public static partial void TrustRefused(this ILogger logger, Uri parent, RefusalCode code, string detail);

    [LoggerMessage(EventId = 2115, Level = LogLevel.Error, Message = "Root version {Version} and epoch {Epoch} could not be made durable ({Fault}) and are not trusted yet; it is tried again with the next head.")]
    public static partial void TrustNotPersisted(this ILogger logger, Exception exception, uint version, int epoch, FileFault fault);

    [LoggerMessage(EventId = 2116, Level = LogLevel.Information, Message = "The connection to {Parent} is made anew, at the parent's wish: {Reason}.")]
    public static partial void ConnectionRenewed(this ILogger logger, Uri parent, string reason);

    [LoggerMessage(EventId = 2109, Level = LogLevel.Information, Message = "{Namespace} starts from last-known-good at {Revision}, head issued {IssuedAt:O}.")]
    public static partial void StartedFromLastKnownGood(this ILogger logger, NamespaceName @namespace, Revision revision, DateTimeOffset issuedAt);
}
