// SPDX-License-Identifier: Apache-2.0
using System.Net;
using Heliograph.Platform.Pki;

namespace Heliograph.Yardstick.Systems;

/// <summary>Certificates for a run, ECDSA P-256 for everyone: those of the realm's own authority, also for the peers.</summary>
internal sealed record BenchCertificates(string Authority, string Server, string ServerKey, string Client, string ClientKey)
{
    /// <summary>Issues them into a directory.</summary>
    public static BenchCertificates Issue(string realm, string directory)
    {
        using var authority = CertificateAuthority.Create(realm, TimeProvider.System);
        authority.Save(directory);
        using var server = authority.Issue(SpiffeId.Relay(realm, "eu-central", "r1"), ["localhost"], [IPAddress.Loopback]);
        using var client = authority.Issue(SpiffeId.App(realm, "checkout", "load"));
        var (serverFile, serverKey) = CertificateFiles.Save(server, directory, "server");
        var (clientFile, clientKey) = CertificateFiles.Save(client, directory, "client");
        return new BenchCertificates(Path.Combine(directory, CertificateAuthority.CertificateFile), serverFile, serverKey, clientFile, clientKey);
    }
}
