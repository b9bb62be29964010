// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Protocol;

/// <summary>Which versions of the sync protocol this build speaks, and the names by which it is found.</summary>
public static class ProtocolVersion
{
    /// <summary>Oldest version spoken.</summary>
    public const uint Min = 1;

    /// <summary>Newest version spoken.</summary>
    public const uint Max = 1;

    /// <summary>ALPN name of the native envelope (RFC 7301).</summary>
    public const string Alpn = "heliograph-sync/1";

    /// <summary>The newest version that both speak, or <see langword="null"/>.</summary>
    public static uint? Negotiate(uint otherMin, uint otherMax)
    {
        var newest = Math.Min(Max, otherMax);
        return newest >= Math.Max(Min, otherMin) && newest > 0 ? newest : null;
    }
}
