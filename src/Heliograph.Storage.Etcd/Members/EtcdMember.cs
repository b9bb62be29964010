// SPDX-License-Identifier: Apache-2.0
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Grpc.Net.Client;
using Heliograph.Storage.Etcd.Wire;

namespace Heliograph.Storage.Etcd.Members;

/// <summary>One member of the etcd cluster: a channel, and whether it may be used.</summary>
internal sealed class EtcdMember : IDisposable
{
    private const int ReceiveBytesMax = 64 << 20; // a page of 128 entries of 256 KiB is half of it
    private const int SendBytesMax = 4 << 20; // etcd refuses more than 1.5 MiB by default

    private readonly GrpcChannel? _channel;

    public EtcdMember(Uri address, EtcdLogStoreOptions options)
    {
        Name = address.GetLeftPart(UriPartial.Authority);
        var calls = options.Calls?.Invoke(address) ?? (_channel = Channel(address, options)).CreateCallInvoker();
        (Keys, Leases, Watches, Upkeep) = (new(calls), new(calls), new(calls), new(calls));
    }

    /// <summary>Its address, for messages.</summary>
    public string Name { get; }

    public KV.KVClient Keys { get; }

    public Lease.LeaseClient Leases { get; }

    public Watch.WatchClient Watches { get; }

    public Maintenance.MaintenanceClient Upkeep { get; }

    /// <summary>Whether its version and cluster were found to be right.</summary>
    public bool IsVetted { get; set; }

    /// <inheritdoc/>
    public void Dispose() => _channel?.Dispose();

    private static GrpcChannel Channel(Uri address, EtcdLogStoreOptions options)
    {
        var transport = Transport(address, options);
        var client = new HttpClient(options.Transport?.Invoke(transport) ?? transport) { Timeout = Timeout.InfiniteTimeSpan }; // every call has its own deadline
        return GrpcChannel.ForAddress(address, new() { HttpClient = client, DisposeHttpClient = true, MaxReceiveMessageSize = ReceiveBytesMax, MaxSendMessageSize = SendBytesMax });
    }

    private static SocketsHttpHandler Transport(Uri address, EtcdLogStoreOptions options)
    {
        var transport = new SocketsHttpHandler
        {
            ConnectTimeout = TimeSpan.FromSeconds(2),
            KeepAlivePingDelay = TimeSpan.FromSeconds(5), // etcd hangs up on those who ask more often
            KeepAlivePingTimeout = TimeSpan.FromSeconds(2),
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            EnableMultipleHttp2Connections = true,
            UseProxy = false,
        };
        if (address.Scheme != Uri.UriSchemeHttps) return transport;
        transport.SslOptions = new SslClientAuthenticationOptions
        {
            ClientCertificates = options.ClientCertificate is { } own ? [own] : null,
            CertificateChainPolicy = options.Authorities is { Count: > 0 } roots ? Pinned(roots) : null, // null: what the operating system believes
        };
        return transport;
    }

    private static X509ChainPolicy Pinned(X509Certificate2Collection roots)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(roots);
        return policy;
    }
}
