// SPDX-License-Identifier: Apache-2.0
using System.Net;
using Heliograph.Hosting.Listening;
using Heliograph.Platform.Pki;

namespace Heliograph.AppConfiguration.Tests;

/// <summary>Debian's Python client, unmodified, over TLS. It signs dates in a form of its own and speaks version 1.0.</summary>
public sealed class PythonClientTests
{
    [Fact]
    public async Task The_python_client_does_what_a_user_would_over_TLS()
    {
        var python = "";
        foreach (var candidate in new[] { "/usr/bin/python3", "python3" }) // Debian's packages are Debian's Python's, whatever comes first in the path
            if (python.Length == 0 && (await ClientProcess.RunAsync(candidate, ["-c", "import azure.appconfiguration"])).Code == 0) python = candidate;
        if (python.Length == 0) Assert.Skip("python3 with azure.appconfiguration (Debian: python3-azure) is not installed here.");

        // Given a face with a certificate of the realm's own authority
        await using var face = await RunningFace.StartAsync();
        using var authority = CertificateAuthority.Create("heliograph", TimeProvider.System);
        using var certificate = authority.Issue(SpiffeId.Origin("heliograph", "o1"), dnsNames: ["localhost"], addresses: [IPAddress.Loopback]);
        authority.Save(face.Directory);
        await using var secure = await AppConfigurationHost.StartAsync(
            new AppConfigurationOptions { Listeners = new ListenerOptions { Endpoints = [ListenEndpoint.Parse("tls://127.0.0.1:0")], Tls = new ServerTls(authority.Authority, () => certificate) } },
            face.Origin.Sequencer, face.Origin.AccessKeys.Source, TimeProvider.System, null, RunningFace.Cancel);

        // When the client runs
        var connection = $"Endpoint=https://localhost:{secure.Endpoints.Of(ListenProtocol.All).Address!.Port};Id={face.WriteKey.Id};Secret={Convert.ToBase64String(face.WriteKey.Secrets[0].Span)}";
        var ran = await ClientProcess.RunAsync(python, ["python_client.py", connection, Path.Combine(face.Directory, CertificateAuthority.CertificateFile)]);

        // Then everything holds
        Assert.True(ran.Code == 0, ran.Output);
        Assert.Contains("passed 18", ran.Output, StringComparison.Ordinal);
    }
}
