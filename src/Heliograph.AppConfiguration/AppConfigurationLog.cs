// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging;

namespace Heliograph.AppConfiguration;

internal static partial class AppConfigurationLog // event ids 4700-4799: the App Configuration face
{
    [LoggerMessage(EventId = 4701, Level = LogLevel.Error, Message = "A {Method} request of the App Configuration face failed; this is a bug.")]
    public static partial void RequestFailed(this ILogger logger, Exception exception, string method);

    [LoggerMessage(EventId = 4702, Level = LogLevel.Information, Message = "The App Configuration face serves at {Endpoints}.")]
    public static partial void Serving(this ILogger logger, string endpoints);
}
