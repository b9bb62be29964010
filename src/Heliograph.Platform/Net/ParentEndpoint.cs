// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Text;

namespace Heliograph.Platform.Net;

/// <summary>A parent's address, understood: what may be dialled, and nothing else. Closed.</summary>
public abstract record ParentEndpoint
{
    private ParentEndpoint() { }

    /// <summary><c>tls://host:port</c>: anywhere.</summary>
    public sealed record Tls(string Host, int Port) : ParentEndpoint;

    /// <summary><c>tcp://127.0.0.1:port</c>, <c>tcp://[::1]:port</c>, <c>tcp://localhost:port</c>: plain, and therefore only on this host.</summary>
    public sealed record Loopback(string Host, int Port) : ParentEndpoint;

    /// <summary><c>unix:///path</c>: on this host.</summary>
    public sealed record Unix(string Path) : ParentEndpoint;

    /// <summary>Longest path of a unix socket, in bytes of UTF-8: what every platform's <c>sun_path</c> holds with its final zero.</summary>
    public const int UnixPathBytesMax = 103;

    /// <summary>Understands an address, or says why it cannot be dialled.</summary>
    public static bool TryParse(Uri address, [NotNullWhen(true)] out ParentEndpoint? endpoint, [NotNullWhen(false)] out string? error)
    {
        endpoint = null;
        error = address.IsAbsoluteUri ? null : "it is not absolute";
        if (error is not null) return false;
        (endpoint, error) = address.Scheme switch
        {
            "tls" => HostFault(address) is { } fault ? ((ParentEndpoint?)null, fault) : (new Tls(address.DnsSafeHost, address.Port), null),
            "tcp" => (HostFault(address) ?? LoopbackFault(address)) is { } fault ? (null, fault) : (new Loopback(address.DnsSafeHost, address.Port), null),
            "unix" => UnixFault(address) is { } fault ? (null, fault) : (new Unix(Uri.UnescapeDataString(address.AbsolutePath)), null),
            _ => (null, "the scheme is not one of tls, tcp and unix"),
        };
        return error is null;
    }

    private static string? HostFault(Uri address) =>
        address.Host.Length == 0 ? "a host is missing"
        : address.Port is < 1 or > 65_535 ? "a port is missing"
        : address.PathAndQuery is not ("/" or "") || address.UserInfo.Length > 0 || address.Fragment.Length > 0 ? "it holds more than a host and a port"
        : null;

    private static string? LoopbackFault(Uri address) => IsLoopback(address.DnsSafeHost) ? null
        : "tcp:// is plain text and only for loopback addresses; use tls:// to reach another host";

    private static string? UnixFault(Uri address) =>
        address.Host.Length > 0 || address.AbsolutePath.Length < 2 ? "a unix socket is written unix:///path/to/socket, with three slashes"
        : Encoding.UTF8.GetByteCount(Uri.UnescapeDataString(address.AbsolutePath)) > UnixPathBytesMax ? $"the path of a unix socket has at most {UnixPathBytesMax} bytes"
        : null;

    /// <summary>Whether a host is this host by its very name: a loopback address, or <c>localhost</c>, which RFC 6761 reserves for it.</summary>
    public static bool IsLoopback(string host) =>
        IPAddress.TryParse(host, out var address) ? IPAddress.IsLoopback(address) : host.Equals("localhost", StringComparison.OrdinalIgnoreCase);
}
