// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Heliograph.Hosting.Listening;
using Heliograph.Platform.Net;
using Heliograph.Platform.Net.Tls;

namespace Heliograph.Hosting.Tests.Listening;

/// <summary>Clients of the TLS port that can do less, or worse, than the product's own.</summary>
[SupportedOSPlatform("linux")]
internal static class TlsPeers
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static void SkipWithoutOpenSsl() => Assert.SkipUnless(OperatingSystem.IsLinux() && TlsServerContext.WhyUnavailable is null, "Kestrel serves here: OpenSSL 3 is not to be had.");

    public static async Task<NetworkStream> ConnectAsync(TestTier tier)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, tier.Endpoints.Of(ListenProtocol.All).Address!.Port), Cancel);
        return new(socket, ownsSocket: true);
    }

    public static async Task<SslStream> HandshakeAsync(TestTier tier, Stream wire, X509Certificate2? certificate = null, SslProtocols version = SslProtocols.Tls12 | SslProtocols.Tls13)
    {
        var stream = new SslStream(wire);
        var options = new ParentHandshake(tier.Authority.Authority, tier.Time).Options("localhost", certificate);
        options.EnabledSslProtocols = version;
        await stream.AuthenticateAsClientAsync(options, Cancel);
        return stream;
    }

    public static async Task<byte[]> HelloAsync(TestTier tier)
    {
        var wire = new ForgingStream(new MemoryStream()) { KeepsOnly = true };
        await Assert.ThrowsAnyAsync<IOException>(() => HandshakeAsync(tier, wire));
        return wire.Kept.ToArray();
    }

    public static async Task ReadToEndAsync(Stream peer)
    {
        var buffer = new byte[4_096];
        try
        {
            while (await peer.ReadAsync(buffer, Cancel) > 0) { }
        }
        catch (IOException)
        {
            // reset: an end as well
        }
    }

    /// <summary>Sends every byte by itself.</summary>
    public sealed class CrumblingStream(Stream inner) : PassingStream(inner)
    {
        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            for (var i = 0; i < buffer.Length; i++)
            {
                await Inner.WriteAsync(buffer.Slice(i, 1), cancellationToken);
                if (i % 16 == 0) await Task.Yield();
            }
        }
    }

    /// <summary>Changes the last byte of what is sent; or keeps it, and sends nothing.</summary>
    public sealed class ForgingStream(Stream inner) : PassingStream(inner)
    {
        public bool IsForging { get; set; }

        public bool KeepsOnly { get; init; }

        public MemoryStream Kept { get; } = new();

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (KeepsOnly) return Kept.WriteAsync(buffer, cancellationToken);
            var bytes = buffer.ToArray();
            if (IsForging) bytes[^1] ^= 1;
            return Inner.WriteAsync(bytes, cancellationToken);
        }
    }

    public abstract class PassingStream(Stream inner) : MemoryStream
    {
        protected Stream Inner => inner;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => inner.ReadAsync(buffer, cancellationToken);

        protected override void Dispose(bool disposing)
        {
            if (disposing) inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
