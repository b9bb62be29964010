// SPDX-License-Identifier: Apache-2.0
using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Heliograph.Platform.Net;
using Heliograph.Platform.Net.Polling;
using Heliograph.Platform.Net.Tls;

namespace Heliograph.Benchmarks;

/// <summary>What a connection of an epoll loop allocates in the runtime's heap under TLS, in the steady state.</summary>
[SupportedOSPlatform("linux")]
internal static class TlsLoopAllocations
{
    private const int Warm = 100, Times = 400, Bytes = 1_024;

    /// <summary>Bytes a write that the kernel takes whole.</summary>
    public static double PerFittingWrite()
    {
        using var sockets = new LoopSockets(isInline: true);
        var (server, client) = Connect(sockets);
        using var stream = client;
        var (bytes, received, allocated) = (new byte[Bytes], new byte[Bytes], 0L);
        for (var i = 0; i < Warm + Times; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var writing = server.WriteAsync(bytes, CancellationToken.None);
            if (!writing.IsCompletedSuccessfully) throw new InvalidOperationException("An empty socket did not take a write at once.");
            writing.GetAwaiter().GetResult();
            if (i >= Warm) allocated += GC.GetAllocatedBytesForCurrentThread() - before;
            client.ReadExactly(received);
        }
        return allocated / (double)Times;
    }

    /// <summary>Bytes a read of what had come before.</summary>
    public static double PerReadyRead()
    {
        using var sockets = new LoopSockets(isInline: true);
        var (server, client) = Connect(sockets);
        using var stream = client;
        var (sent, buffer) = (new byte[Warm + Times], new byte[1]);
        client.Write(sent);
        Read(server, buffer).AsTask().Wait(); // the first may wait for the bytes to come
        var before = 0L;
        for (var i = 1; i < sent.Length; i++)
        {
            if (i == Warm) before = GC.GetAllocatedBytesForCurrentThread();
            var reading = Read(server, buffer);
            if (!reading.IsCompletedSuccessfully || reading.Result != 1) throw new InvalidOperationException("What has come was not read at once.");
        }
        return (GC.GetAllocatedBytesForCurrentThread() - before) / (double)Times;

        static ValueTask<int> Read(LoopConnection from, byte[] into) => from.ReadAsync(into, CancellationToken.None);
    }

    private static (LoopConnection Server, SslStream Client) Connect(LoopSockets sockets)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        using var context = TlsServerContext.Create(certificate);
        var shown = certificate.RawData;
        var (server, socket) = sockets.Connect();
        var stream = new SslStream(new NetworkStream(socket));
        var accepting = server.AuthenticateAsync(context, (_, _, _) => false, completesInline: true, CancellationToken.None);
        stream.AuthenticateAsClient(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            ApplicationProtocols = [ParentHandshake.Native],
            RemoteCertificateValidationCallback = (_, other, _, _) => other is not null && other.GetRawCertData().AsSpan().SequenceEqual(shown),
        });
        accepting.Wait();
        return (server, stream);
    }
}
