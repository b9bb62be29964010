// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging;

namespace Heliograph.Client;

internal static partial class ClientLog // event ids 6100-6199: a client in an application's process
{
    [LoggerMessage(EventId = 6101, Level = LogLevel.Debug, Message = "{Namespace} is served at {Revision} ({Origin}); {Keys} settings changed.")]
    public static partial void ViewServed(this ILogger logger, NamespaceName @namespace, Revision revision, ViewOrigin origin, int keys);

    [LoggerMessage(EventId = 6102, Level = LogLevel.Error, Message = "{Namespace} at {Revision} is not served: {Detail} What was served before goes on being served.")]
    public static partial void ViewRefused(this ILogger logger, NamespaceName @namespace, Revision revision, string detail);

    [LoggerMessage(EventId = 6115, Level = LogLevel.Warning, Message = "{Namespace} at {Revision} is held back: the application is pinned to {Pin}.")]
    public static partial void HeldBack(this ILogger logger, NamespaceName @namespace, Revision revision, Revision pin);

    [LoggerMessage(EventId = 6116, Level = LogLevel.Error, Message = "A validator could not judge {Namespace} at {Revision}: it threw {Exception}, and the revision is not served. Let it return what is wrong instead.")]
    public static partial void ValidatorFailed(this ILogger logger, NamespaceName @namespace, Revision revision, string exception);

    [LoggerMessage(EventId = 6103, Level = LogLevel.Error, Message = "Whoever listens to {Event} threw. The others were told; nothing was undone.")]
    public static partial void ListenerFailed(this ILogger logger, Exception exception, string @event);

    [LoggerMessage(EventId = 6104, Level = LogLevel.Warning, Message = "No fresh head for {HeadAge}: settings may be out of date. {Troubles}")]
    public static partial void BecameStale(this ILogger logger, TimeSpan headAge, string troubles);

    [LoggerMessage(EventId = 6105, Level = LogLevel.Information, Message = "Fresh again, by {Parent}.")]
    public static partial void BecameFresh(this ILogger logger, string? parent);

    [LoggerMessage(EventId = 6106, Level = LogLevel.Error, Message = "Following the parents broke in a way that it should not; what is held goes on being served. It starts anew in {Wait}.")]
    public static partial void FollowingBroke(this ILogger logger, Exception exception, TimeSpan wait);

    [LoggerMessage(EventId = 6107, Level = LogLevel.Warning, Message = "Started without a parent's word on {Namespaces}: from last-known-good. {Troubles}")]
    public static partial void StartedFromLastKnownGood(this ILogger logger, string namespaces, string troubles);

    [LoggerMessage(EventId = 6108, Level = LogLevel.Warning, Message = "Started without {Namespaces}, which are optional: they are not there. {Troubles}")]
    public static partial void StartedWithout(this ILogger logger, string namespaces, string troubles);

    [LoggerMessage(EventId = 6109, Level = LogLevel.Information, Message = "Started with {Namespaces} in {Elapsed}.")]
    public static partial void Started(this ILogger logger, string namespaces, TimeSpan elapsed);

    [LoggerMessage(EventId = 6110, Level = LogLevel.Warning, Message = "Another process writes to {Directory}, or it cannot be written. This one reads last-known-good there and keeps its own progress in memory only; give each process a directory of its own.")]
    public static partial void NotTheWriter(this ILogger logger, string directory);

    [LoggerMessage(EventId = 6111, Level = LogLevel.Error, Message = "{Namespace} at {Revision} is in quarantine: the service ended uncleanly on it {Times} times. The last stable revision is served until a newer one comes.")]
    public static partial void Quarantined(this ILogger logger, NamespaceName @namespace, Revision revision, int times);

    [LoggerMessage(EventId = 6112, Level = LogLevel.Warning, Message = "{Namespace} is served at {Revision}, the last that proved stable.")]
    public static partial void ServingStable(this ILogger logger, NamespaceName @namespace, Revision revision);

    [LoggerMessage(EventId = 6113, Level = LogLevel.Error, Message = "The last stable revision of {Namespace} cannot be read ({Damage}); the one in quarantine is served after all.")]
    public static partial void StableUnreadable(this ILogger logger, NamespaceName @namespace, string damage);

    [LoggerMessage(EventId = 6114, Level = LogLevel.Warning, Message = "What the crash-loop guard must remember could not be made durable ({Fault}); a crash loop might go unseen.")]
    public static partial void GuardNotPersisted(this ILogger logger, Exception exception, Replication.Ports.FileFault fault);
}
