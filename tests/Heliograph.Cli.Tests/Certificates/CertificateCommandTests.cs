// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using Heliograph.Cli.Terminal;
using Heliograph.Platform.Pki;
using Xunit;

namespace Heliograph.Cli.Tests.Certificates;

public sealed class CertificateCommandTests
{
    [Fact]
    public async Task A_relay_gets_a_certificate_that_its_realm_believes()
    {
        // Given an authority
        using var helio = new Helio();
        var directory = Path.Combine(helio.Directory, "ca");
        Assert.Equal(ExitCode.Success, (await helio.RunAsync("certs", "init", "acme", "--dir", directory)).Exit);

        // When it issues a certificate
        var issued = await helio.RunAsync("certs", "issue", "relay/eu/r1", "--dir", directory, "--out", helio.Directory, "--dns", "relay.example", "--ip", "127.0.0.1", "--days", "30", "-o", "json");

        // Then it names the relay, its key is private, and the realm vouches for it
        Assert.Equal((ExitCode.Success, ""), (issued.Exit, issued.Error));
        var view = JsonDocument.Parse(issued.Out).RootElement;
        Assert.Equal("spiffe://acme/relay/eu/r1", view.GetProperty("identity").GetString());
        var (certificate, key) = (view.GetProperty("file").GetString()!, view.GetProperty("key").GetString()!);
        Assert.Equal(Path.Combine(helio.Directory, "r1.pem"), certificate);
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(key));
        using var loaded = CertificateFiles.Load(certificate, key, RealmAuthority.Load("acme", Path.Combine(directory, "ca.pem")), DateTimeOffset.Now);

        var shown = await helio.RunAsync("certs", "show", certificate, "-o", "json");
        Assert.Equal(view.GetProperty("validUntil").GetRawText(), JsonDocument.Parse(shown.Out).RootElement.GetProperty("validUntil").GetRawText());
    }

    [Fact]
    public async Task An_authority_is_never_overwritten()
    {
        using var helio = new Helio();
        await helio.RunAsync("certs", "init", "acme", "--dir", helio.Directory);
        var before = await File.ReadAllBytesAsync(Path.Combine(helio.Directory, "ca-key.pem"), TestContext.Current.CancellationToken);

        var again = await helio.RunAsync("certs", "init", "acme", "--dir", helio.Directory);

        Assert.Equal(ExitCode.Refused, again.Exit);
        Assert.Equal(before, await File.ReadAllBytesAsync(Path.Combine(helio.Directory, "ca-key.pem"), TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("certs", "init", "Not A Realm")]
    [InlineData("certs", "issue", "king/of/spain")]
    [InlineData("certs", "issue", "relay/r1")]
    [InlineData("certs", "issue", "agent/h1", "--days", "0")]
    [InlineData("certs", "issue", "agent/h1", "--ip", "localhost")]
    public async Task What_is_outside_the_grammar_is_refused(params string[] arguments)
    {
        using var helio = new Helio();
        await helio.RunAsync("certs", "init", "acme", "--dir", helio.Directory);

        var ran = await helio.RunAsync([.. arguments, "--dir", arguments[1] == "init" ? Path.Combine(helio.Directory, "other") : helio.Directory]);

        Assert.Equal((ExitCode.Usage, ""), (ran.Exit, ran.Out));
        Assert.False(Directory.Exists(Path.Combine(helio.Directory, "other")));
    }

    [Fact]
    public async Task What_is_no_authority_and_no_certificate_is_told()
    {
        using var helio = new Helio();
        var file = helio.File("not.pem", "hello");

        Assert.Equal(ExitCode.Failure, (await helio.RunAsync("certs", "issue", "agent/h1", "--dir", helio.Directory)).Exit);
        Assert.Equal(ExitCode.NotFound, (await helio.RunAsync("certs", "show", file)).Exit);
    }
}
