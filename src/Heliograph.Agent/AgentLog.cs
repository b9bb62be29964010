// SPDX-License-Identifier: Apache-2.0
using Heliograph.Replication.Ports;
using Microsoft.Extensions.Logging;

namespace Heliograph.Agent;

internal static partial class AgentLog // event ids 4500-4599: an agent
{
    [LoggerMessage(EventId = 4501, Level = LogLevel.Error, Message = "{Service} is not served {Namespace} at {Revision} any more: it ended uncleanly on it {Times} times. Its processes start from the last stable revision until a newer one comes.")]
    public static partial void Quarantined(this ILogger logger, string service, NamespaceName @namespace, Revision revision, int times);

    [LoggerMessage(EventId = 4502, Level = LogLevel.Error, Message = "The last stable revision of {Namespace} cannot be read ({Damage}); {Service} is served the one in quarantine after all.")]
    public static partial void StableUnreadable(this ILogger logger, string service, NamespaceName @namespace, string damage);

    [LoggerMessage(EventId = 4503, Level = LogLevel.Warning, Message = "What the crash-loop guard of {Service} must remember could not be made durable ({Fault}); a crash loop might go unseen.")]
    public static partial void GuardNotPersisted(this ILogger logger, Exception exception, string service, FileFault fault);

    [LoggerMessage(EventId = 4504, Level = LogLevel.Warning, Message = "{Namespace} at {Revision}, from which a process of {Service} has started, could not be read back whole ({Damage}): it does not become stable.")]
    public static partial void NotReadBack(this ILogger logger, string service, NamespaceName @namespace, Revision revision, string damage);

    [LoggerMessage(EventId = 4505, Level = LogLevel.Warning, Message = "More services have run on this host than are guarded ({Most}); {Service} is not.")]
    public static partial void NotGuarded(this ILogger logger, string service, int most);

    [LoggerMessage(EventId = 4506, Level = LogLevel.Error, Message = "The crash-loop guard failed in a way that was not foreseen; it goes on with what comes next.")]
    public static partial void GuardFailed(this ILogger logger, Exception exception);

    [LoggerMessage(EventId = 4520, Level = LogLevel.Information, Message = "Projection {Projection}: {Namespace} at {Revision} is {Files} files in {Directory}.")]
    public static partial void Projected(this ILogger logger, string projection, NamespaceName @namespace, Revision revision, int files, string directory);

    [LoggerMessage(EventId = 4521, Level = LogLevel.Error, Message = "Projection {Projection} could not follow {Namespace} to {Revision}; it is tried again. {Fault}")]
    public static partial void NotProjected(this ILogger logger, string projection, NamespaceName @namespace, Revision revision, string fault);

    [LoggerMessage(EventId = 4522, Level = LogLevel.Error, Message = "Projection {Projection} broke in a way that was not foreseen, and has ended; its files stay as they are. Start the agent anew.")]
    public static partial void ProjectionBroke(this ILogger logger, Exception exception, string projection);

    [LoggerMessage(EventId = 4507, Level = LogLevel.Warning, Message = "{Service} has said more about its runs than could be taken in; an unclean end might go uncounted.")]
    public static partial void RunsDropped(this ILogger logger, string service);
}
