// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Text;
using Heliograph.Platform.Net;

namespace Heliograph.Hosting.Listening;

/// <summary>What is spoken at an endpoint. Without TLS there is no ALPN, so there every protocol has an endpoint of its own.</summary>
public enum ListenProtocol
{
    /// <summary><c>tls://</c>: everything, by ALPN: the native envelope, h2 (REST and gRPC), HTTP/1.1.</summary>
    All,

    /// <summary><c>tcp://</c> and <c>unix://</c>: the native envelope.</summary>
    Sync,

    /// <summary><c>http://</c> and <c>http+unix://</c>: REST over HTTP/1.1.</summary>
    Http,

    /// <summary><c>grpc+tcp://</c> and <c>grpc+unix://</c>: gRPC over HTTP/2 without TLS.</summary>
    Grpc,
}

/// <summary>Where a tier listens. Plain text is possible only where the network is not: on loopback and unix sockets.</summary>
/// <param name="Protocol">What is spoken.</param>
/// <param name="Address">IP address and port (0 for any free one), or <see langword="null"/> for a unix socket.</param>
/// <param name="Path">Path of the unix socket, or <see langword="null"/>.</param>
public sealed record ListenEndpoint(ListenProtocol Protocol, IPEndPoint? Address, string? Path)
{
    /// <summary>Reads an address: <c>tls://0.0.0.0:7443</c>, <c>tcp://127.0.0.1:0</c>, <c>http://[::1]:8080</c>, <c>unix:///run/helio.sock</c>.</summary>
    /// <exception cref="FormatException">It is none, or plain text that others could reach; the message says which.</exception>
    public static ListenEndpoint Parse(string text) => TryParse(text, out var endpoint, out var error) ? endpoint : throw new FormatException(error);

    /// <summary>Reads an address, or says why it cannot be listened at.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out ListenEndpoint? endpoint, [NotNullWhen(false)] out string? error)
    {
        endpoint = null;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri))
        {
            error = $"'{text}' is not an address such as tls://0.0.0.0:7443 or unix:///run/helio.sock.";
            return false;
        }
        (ListenProtocol protocol, bool isUnix, error) = uri.Scheme switch
        {
            "tls" => (ListenProtocol.All, false, (string?)null),
            "tcp" => (ListenProtocol.Sync, false, null),
            "unix" => (ListenProtocol.Sync, true, null),
            "http" => (ListenProtocol.Http, false, null),
            "http+unix" => (ListenProtocol.Http, true, null),
            "grpc+tcp" => (ListenProtocol.Grpc, false, null),
            "grpc+unix" => (ListenProtocol.Grpc, true, null),
            _ => (default, false, $"'{text}': the scheme is none of tls, tcp, unix, http, http+unix, grpc+tcp and grpc+unix."),
        };
        if (error is not null) return false;
        return isUnix ? TryUnix(protocol, text, uri, out endpoint, out error) : TryHost(protocol, text, uri, out endpoint, out error);
    }

    private static bool TryHost(ListenProtocol protocol, string text, Uri uri, out ListenEndpoint? endpoint, out string? error)
    {
        endpoint = null;
        var host = uri.DnsSafeHost.Equals("localhost", StringComparison.OrdinalIgnoreCase) ? "127.0.0.1" : uri.DnsSafeHost;
        error = uri.PathAndQuery is not ("/" or "") || uri.UserInfo.Length > 0 || uri.Fragment.Length > 0 ? $"'{uri.Scheme}://{uri.Authority}…' holds more than a host and a port."
            : uri.Port < 0 ? $"'{text}': a port is missing; 0 takes any that is free."
            : !IPAddress.TryParse(host, out var address) ? $"'{text}': what is listened at is an IP address or localhost, not a name."
            : protocol != ListenProtocol.All && !IPAddress.IsLoopback(address) ? $"'{text}' is plain text that others could reach. Use tls://, or a loopback address, or a unix socket."
            : null;
        if (error is null) endpoint = new(protocol, new(IPAddress.Parse(host), uri.Port), null);
        return endpoint is not null;
    }

    private static bool TryUnix(ListenProtocol protocol, string text, Uri uri, out ListenEndpoint? endpoint, out string? error)
    {
        var path = Uri.UnescapeDataString(uri.AbsolutePath);
        error = uri.Host.Length > 0 || path.Length < 2 ? $"'{text}': a unix socket is written {uri.Scheme}:///path/to/socket, with three slashes."
            : Encoding.UTF8.GetByteCount(path) > ParentEndpoint.UnixPathBytesMax ? $"'{text}': the path of a unix socket has at most {ParentEndpoint.UnixPathBytesMax} bytes."
            : null;
        endpoint = error is null ? new(protocol, null, path) : null;
        return endpoint is not null;
    }

    /// <summary>The address as it is written; a follower can dial it unless it is a wildcard.</summary>
    public override string ToString() => (Protocol, Path) switch
    {
        (ListenProtocol.All, _) => $"tls://{Address}",
        (ListenProtocol.Sync, null) => $"tcp://{Address}",
        (ListenProtocol.Sync, _) => $"unix://{Path}",
        (ListenProtocol.Http, null) => $"http://{Address}",
        (ListenProtocol.Http, _) => $"http+unix://{Path}",
        (_, null) => $"grpc+tcp://{Address}",
        _ => $"grpc+unix://{Path}",
    };
}
