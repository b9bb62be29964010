// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using System.Runtime.Versioning;
using System.Security.Cryptography.X509Certificates;
using Heliograph.Hosting.Listening;
using Heliograph.Platform.Net;
using Heliograph.Platform.Pki;
using Heliograph.Replication.Ports;

namespace Heliograph.Hosting.Tests.Listening;

/// <summary>Sessions that resume, as <c>openssl s_client</c> tells; and who is behind them then.</summary>
[SupportedOSPlatform("linux")]
public sealed class TlsResumptionTests
{
    private const string ClientFile = "client.pem", FirstSession = "first.session", OtherSession = "other.session";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("-tls1_2")]
    [InlineData("-tls1_3")]
    public async Task A_session_resumes_while_its_certificate_holds_and_its_owner_is_judged_again(string version)
    {
        TlsPeers.SkipWithoutOpenSsl();
        Assert.SkipUnless(File.Exists("/usr/bin/openssl"), "openssl, the program, is not installed.");
        await using var tier = await new TestTier().StartAsync("tls://127.0.0.1:0");
        using var agent = tier.Authority.Issue(SpiffeId.Agent("shop", "host-1"), life: TimeSpan.FromHours(1));
        WriteClient(tier, agent);

        // Given a session of an agent
        Assert.Contains("New, ", await ConnectAsync(tier, version, "-cert", ClientFile, "-key", ClientFile, "-sess_out", FirstSession), StringComparison.Ordinal);
        Assert.Equal("spiffe://shop/agent/host-1", await PeerAsync(tier));

        // When it comes back, then it is the same agent without showing a certificate again
        Assert.Contains("Reused, ", await ConnectAsync(tier, version, "-sess_in", FirstSession), StringComparison.Ordinal);
        Assert.Equal("spiffe://shop/agent/host-1", await PeerAsync(tier));

        // When the certificate has expired, then the session is not resumed: nobody comes in by it
        tier.Time.Advance(TimeSpan.FromHours(2));
        Assert.Contains("New, ", await ConnectAsync(tier, version, "-sess_in", FirstSession, "-sess_out", OtherSession), StringComparison.Ordinal);
        Assert.Equal(PeerIdentity.Anonymous.Subject, await PeerAsync(tier));
        Assert.DoesNotContain("Reused, ", await ConnectAsync(tier, version, "-sess_in", FirstSession, "-cert", ClientFile, "-key", ClientFile), StringComparison.Ordinal);
        Assert.True(tier.Acceptor.IsEmpty);

        // When the server shows another certificate, then sessions of the one before are over
        Assert.Contains("Reused, ", await ConnectAsync(tier, version, "-sess_in", OtherSession), StringComparison.Ordinal);
        Assert.Equal(PeerIdentity.Anonymous.Subject, await PeerAsync(tier));
        tier.ServerCertificate = tier.Authority.Issue(SpiffeId.Relay("shop", "eu", "r1"), ["localhost"]);
        Assert.Contains("New, ", await ConnectAsync(tier, version, "-sess_in", OtherSession), StringComparison.Ordinal);
        Assert.Equal(PeerIdentity.Anonymous.Subject, await PeerAsync(tier));
    }

    private static async Task<string> PeerAsync(TestTier tier)
    {
        var accepted = await tier.Acceptor.NextAsync();
        accepted.Done.SetResult();
        return accepted.Peer.Subject;
    }

    private static void WriteClient(TestTier tier, X509Certificate2 certificate)
    {
        using var key = certificate.GetECDsaPrivateKey()!;
        File.WriteAllText(tier.Directory.Join(ClientFile), $"{certificate.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n");
    }

    /// <summary>Connects, waits for what the server gives to resume by, and for its end.</summary>
    /// <returns>What the program says of the connection.</returns>
    private static async Task<string> ConnectAsync(TestTier tier, string version, params string[] arguments)
    {
        var port = tier.Endpoints.Of(ListenProtocol.All).Address!.Port;
        var start = new ProcessStartInfo("openssl", ["s_client", "-connect", $"127.0.0.1:{port}", "-servername", "localhost", "-alpn", ParentHandshake.Native.ToString(), version, .. arguments])
        {
            WorkingDirectory = tier.Directory.Path,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var kept = Array.IndexOf(arguments, "-sess_out") is var at and >= 0 ? tier.Directory.Join(arguments[at + 1]) : null;
        using var program = Process.Start(start)!;
        try
        {
            var (output, errors) = (program.StandardOutput.ReadToEndAsync(Cancel), program.StandardError.ReadToEndAsync(Cancel));
            for (var i = 0; i < 250 && !program.HasExited && kept is not null && !(File.Exists(kept) && new FileInfo(kept).Length > 0); i++) await Task.Delay(20, Cancel);
            program.StandardInput.Close(); // it says goodbye then
            await program.WaitForExitAsync(Cancel).WaitAsync(TimeSpan.FromSeconds(10), Cancel);
            return $"{await output}\n{await errors}";
        }
        finally
        {
            if (!program.HasExited) program.Kill();
        }
    }
}
