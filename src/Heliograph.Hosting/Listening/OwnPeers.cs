// SPDX-License-Identifier: Apache-2.0
using System.Collections.Frozen;
using Heliograph.Platform;

namespace Heliograph.Hosting.Listening;

/// <summary>Peers on this host that count as this process itself: its own user, at the other end of a unix socket.</summary>
public static class OwnPeers
{
    /// <summary>Their subjects. Only the kernel says who is at the other end of a unix socket; on loopback anyone on the host may be.</summary>
    /// <param name="trustLoopback">Whether everyone who reaches loopback counts, too: in a development realm only.</param>
    public static FrozenSet<string> Subjects(bool trustLoopback)
    {
        var subjects = new List<string>();
        if (HostUser.EffectiveId is { } user) subjects.Add(PeerFeature.SubjectOf(user));
        if (trustLoopback) subjects.Add(PeerFeature.LoopbackSubject);
        return subjects.ToFrozenSet(StringComparer.Ordinal);
    }
}
