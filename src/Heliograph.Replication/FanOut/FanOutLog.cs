// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging;

namespace Heliograph.Replication.FanOut;

internal static partial class FanOutLog // event ids 2200-2299: subscribers and what they are sent
{
    [LoggerMessage(EventId = 2201, Level = LogLevel.Information, Message = "Subscriber {Instance} ({Role}, {Subject}) from {Peer} is connected.")]
    public static partial void SubscriberConnected(this ILogger logger, string instance, string role, string subject, string peer);

    [LoggerMessage(EventId = 2202, Level = LogLevel.Information, Message = "Subscriber {Instance} from {Peer} is gone: {Reason}.")]
    public static partial void SubscriberGone(this ILogger logger, string instance, string peer, string reason);

    [LoggerMessage(EventId = 2203, Level = LogLevel.Warning, Message = "{Peer} was refused: {Code}. {Detail}")]
    public static partial void PeerRefused(this ILogger logger, string peer, string code, string detail);

    [LoggerMessage(EventId = 2204, Level = LogLevel.Warning, Message = "Subscriber {Instance} from {Peer} took nothing for {Deadline} and is disconnected; it may come back and catch up.")]
    public static partial void SubscriberStalled(this ILogger logger, string instance, string peer, TimeSpan deadline);

    [LoggerMessage(EventId = 2211, Level = LogLevel.Information, Message = "{Instance} ({Subject}) from {Peer} asks for entries of the log.")]
    public static partial void EntriesWanted(this ILogger logger, string instance, string subject, string peer);
}
