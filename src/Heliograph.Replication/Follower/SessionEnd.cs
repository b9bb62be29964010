// SPDX-License-Identifier: Apache-2.0
using Heliograph.Protocol.Wire;

namespace Heliograph.Replication.Following;

/// <summary>How a session with a parent ended.</summary>
/// <param name="Reason">For the log; <see langword="null"/> when the connection just ended.</param>
/// <param name="Drain">The parent's request to reconnect elsewhere, if that was it.</param>
internal sealed record SessionEnd(string? Reason, Drain? Drain = null)
{
    public static SessionEnd Lost { get; } = new((string?)null);
}
