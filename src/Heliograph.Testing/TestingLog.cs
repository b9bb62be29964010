// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging;

namespace Heliograph.Testing;

internal static partial class TestingLog // event ids 6300-6399: content without a server
{
    [LoggerMessage(EventId = 6301, Level = LogLevel.Error, Message = "{What} cannot be read: {Fault} What was read before counts.")]
    public static partial void FilesUnreadable(this ILogger logger, string what, string fault);
}
