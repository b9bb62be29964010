// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Net.Sockets;

namespace Heliograph.AppConfiguration.Webhooks;

/// <summary>Where a webhook may connect: to the public internet, and to what its operator allows. Who may write a receiver's name into DNS must not choose what the origin reaches.</summary>
internal static class TargetRules
{
    // IANA's special-purpose registries: whatever is not globally reachable, and what tunnels to such.
    private static readonly IPNetwork[] s_special =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16",
            "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
        }.Select(IPNetwork.Parse),
    ];

    private static readonly IPNetwork s_globalUnicast = IPNetwork.Parse("2000::/3"), s_nat64 = IPNetwork.Parse("64:ff9b::/96");

    /// <summary>Whether a connection to an address is allowed.</summary>
    public static bool Allow(IPAddress address, IReadOnlyList<IPNetwork> alsoAllowed)
    {
        var target = Plain(address);
        return alsoAllowed.Any(network => network.Contains(target)) || IsPublic(target);
    }

    /// <summary>The address that is meant: IPv4 that is mapped into IPv6, or reached through a translator, is judged as IPv4.</summary>
    private static IPAddress Plain(IPAddress address) =>
        address.IsIPv4MappedToIPv6 ? address.MapToIPv4()
        : address.AddressFamily == AddressFamily.InterNetworkV6 && s_nat64.Contains(address) ? new IPAddress(address.GetAddressBytes().AsSpan(12))
        : address;

    private static bool IsPublic(IPAddress address) =>
        (address.AddressFamily == AddressFamily.InterNetwork || (address.AddressFamily == AddressFamily.InterNetworkV6 && address.ScopeId == 0 && s_globalUnicast.Contains(address)))
        && !s_special.Any(network => network.Contains(address));
}
