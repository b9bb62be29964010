// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging;

namespace Heliograph.OpenFeature;

internal static partial class OpenFeatureLog // event ids 4800-4899: flags for OpenFeature providers
{
    [LoggerMessage(EventId = 4801, Level = LogLevel.Information, Message = "The feature flags of {Namespace} are served at {Endpoints}.")]
    public static partial void ServingFlags(this ILogger logger, NamespaceName @namespace, string endpoints);

    [LoggerMessage(EventId = 4802, Level = LogLevel.Warning, Message = "The feature flag {Flag} cannot be read and is not served: {Faults}.")]
    public static partial void FlagUnreadable(this ILogger logger, string flag, string faults);

    [LoggerMessage(EventId = 4803, Level = LogLevel.Warning, Message = "The feature flag {Flag} means something else to flagd providers: {Differences}.")]
    public static partial void FlagTranslatedWithLoss(this ILogger logger, string flag, string differences);

    [LoggerMessage(EventId = 4804, Level = LogLevel.Error, Message = "The flags could not be written to {Path}; the file keeps what it held.")]
    public static partial void FlagsFileNotWritten(this ILogger logger, Exception exception, string path);
}
