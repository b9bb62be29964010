// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging;

namespace Heliograph.Client.Configuration;

internal static partial class ConfigurationLog // event ids 6200-6299: configuration in an application's process
{
    [LoggerMessage(EventId = 6201, Level = LogLevel.Warning, Message = "{Path} sets {Count} configuration keys for this machine alone, over what the realm says.")]
    public static partial void Overridden(this ILogger logger, string path, int count);

    [LoggerMessage(EventId = 6202, Level = LogLevel.Error, Message = "{Path} cannot be read: {Fault}. What it said before counts.")]
    public static partial void OverridesUnreadable(this ILogger logger, string path, string fault);
}
