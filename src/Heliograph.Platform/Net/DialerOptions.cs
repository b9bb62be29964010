// SPDX-License-Identifier: Apache-2.0
using System.Security.Cryptography.X509Certificates;
using Heliograph.Platform.Pki;

namespace Heliograph.Platform.Net;

/// <summary>How a <see cref="SocketDialer"/> reaches parents, and how both sides prove who they are.</summary>
public sealed class DialerOptions
{
    /// <summary>Whom to believe. Needed for <c>tls://</c>; without it such an address is refused.</summary>
    public RealmAuthority? Authority { get; init; }

    /// <summary>What to show, asked anew for each connection, so that a renewed certificate is used. <see langword="null"/>: nothing, a token in the Hello then proves the follower.</summary>
    public Func<X509Certificate2?> ClientCertificate { get; init; } = () => null;

    /// <summary>Longest time for name look-up, connecting and the TLS handshake together. Default 10 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Kernel memory for what has come and was not read. Default 256 KiB: what a parent sends in a burst fits, and 100 ms of round trip still carry 2.5 MB/s.</summary>
    public int ReceiveBufferBytes { get; init; } = 256 << 10;

    /// <summary>Kernel memory for what is to be sent. Default 64 KiB: followers say little.</summary>
    public int SendBufferBytes { get; init; } = 64 << 10;
}
