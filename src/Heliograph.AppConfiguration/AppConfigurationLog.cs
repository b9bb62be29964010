// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging;

namespace Heliograph.AppConfiguration;

internal static partial class AppConfigurationLog // event ids 4700-4799: the App Configuration face
{
    [LoggerMessage(EventId = 4701, Level = LogLevel.Error, Message = "A {Method} request of the App Configuration face failed; this is a bug.")]
    public static partial void RequestFailed(this ILogger logger, Exception exception, string method);

    [LoggerMessage(EventId = 4702, Level = LogLevel.Information, Message = "The App Configuration face serves at {Endpoints}.")]
    public static partial void Serving(this ILogger logger, string endpoints);

    [LoggerMessage(EventId = 4711, Level = LogLevel.Information, Message = "The receiver of webhook {Name} has agreed to take events.")]
    public static partial void WebhookValidated(this ILogger logger, string name);

    [LoggerMessage(EventId = 4712, Level = LogLevel.Warning, Message = "Webhook {Name} could not deliver events of revision {Revision}, failure {Failures}: {Reason}. Next try in {Wait}.")]
    public static partial void WebhookFailed(this ILogger logger, string name, Revision revision, int failures, string reason, TimeSpan wait);

    [LoggerMessage(EventId = 4713, Level = LogLevel.Error, Message = "Webhook {Name} gave up {Count} events of revision {Revision} after {Attempts} attempts: {Reason}. They are among its dead letters.")]
    public static partial void WebhookGaveUp(this ILogger logger, string name, int count, Revision revision, int attempts, string reason);

    [LoggerMessage(EventId = 4714, Level = LogLevel.Warning, Message = "Webhook {Name} was at revision {Was}, which this log does not have; it begins at {Now}.")]
    public static partial void WebhookCursorLost(this ILogger logger, string name, Revision was, Revision now);

    [LoggerMessage(EventId = 4715, Level = LogLevel.Warning, Message = "Webhook {Name} cannot read the log or note how far it is ({Kind}); it tries again.")]
    public static partial void WebhookWaits(this ILogger logger, string name, string kind);

    [LoggerMessage(EventId = 4716, Level = LogLevel.Error, Message = "A webhook has ended; this is a bug. Its events wait in the log for the next start.")]
    public static partial void WebhookEnded(this ILogger logger, Exception exception);
}
