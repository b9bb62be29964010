// SPDX-License-Identifier: Apache-2.0
using System.Security.Cryptography.X509Certificates;
using Heliograph.Hosting.Replicas;
using Heliograph.Platform.Net;

namespace Heliograph.Origin.Cluster;

/// <summary>How an origin is one of several over an etcd cluster.</summary>
public sealed class ClusterOptions
{
    /// <summary>Addresses of etcd's members, <c>https://host:2379</c>; <c>http://</c> on loopback only.</summary>
    public required IReadOnlyList<Uri> Etcd { get; init; }

    /// <summary>Whose certificates etcd's members may show; <see langword="null"/>: whom the operating system believes.</summary>
    public X509Certificate2Collection? EtcdAuthorities { get; init; }

    /// <summary>The certificate, with its key, that is shown to etcd.</summary>
    public X509Certificate2? EtcdCertificate { get; init; }

    /// <summary>Whether releases of etcd with known faults are used.</summary>
    public bool AllowUnsupportedEtcd { get; init; }

    /// <summary>Where the other origins reach this one's REST API: <c>https://host:port</c>, or <c>http://</c> on loopback.</summary>
    public required Uri Advertise { get; init; }

    /// <summary>What this origin shows to the others when it forwards to them, and whom it believes to be one.</summary>
    public NodeCredentials Credentials { get; init; } = NodeCredentials.None;

    /// <summary>What is wrong, or nothing.</summary>
    internal IEnumerable<string> Faults()
    {
        if (Etcd.Count == 0) yield return "An origin of a cluster needs the addresses of etcd's members.";
        if (Advertise.Scheme is not ("https" or "http") || Advertise.PathAndQuery is not "/" || (Advertise.Scheme == "http" && !ParentEndpoint.IsLoopback(Advertise.DnsSafeHost)))
            yield return $"'{Advertise}' cannot be advertised: write https://host:port, where the other origins reach this one's REST API, or http://127.0.0.1:port if all are on this host.";
        else if (Advertise.Scheme == "https" && Credentials.Authority is null)
            yield return "To advertise https:// an origin needs the realm's authority and a certificate: it forwards to the others as they do to it.";
    }
}
