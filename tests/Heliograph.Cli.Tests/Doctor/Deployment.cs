// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Heliograph.Cli.Tests.Realm;
using Heliograph.Hosting.Listening;
using Heliograph.Platform.Pki;
using Xunit;

namespace Heliograph.Cli.Tests.Doctor;

/// <summary>An origin over TLS with an authority, a machine's certificate, a token and a trust file: all of it in order, but for what a test plants.</summary>
internal sealed class Deployment : IAsyncDisposable
{
    private readonly CertificateAuthority _authority;
    private readonly X509Certificate2 _server;

    private Deployment(CertificateAuthority authority, X509Certificate2 server, RealOrigin origin) => (_authority, _server, Origin) = (authority, server, origin);

    public RealOrigin Origin { get; }

    public Helio Helio => Origin.Admin;

    public string Ca => Path.Combine(Helio.Directory, "ca.pem");

    public string Trust => Path.Combine(Helio.Directory, "trust.json");

    public string Certificate => Path.Combine(Helio.Directory, "h1.pem");

    public string Key => Path.Combine(Helio.Directory, "h1-key.pem");

    /// <param name="serverIssued">How long ago the server's certificate was issued, for 90 days.</param>
    /// <param name="serverName">Whom it names instead of 127.0.0.1.</param>
    public static async Task<Deployment> StartAsync(TimeSpan serverIssued = default, string? serverName = null)
    {
        var authority = CertificateAuthority.Create("heliograph", new OffsetClock(-serverIssued));
        Assert.True(SpiffeId.TryParse("spiffe://heliograph/origin/o1", out var id, out _));
        var server = authority.Issue(id, serverName is null ? [] : [serverName], serverName is null ? [IPAddress.Loopback] : []);
        var deployment = new Deployment(authority, server, await RealOrigin.StartAsync(new ServerTls(authority.Authority, () => server)));
        await deployment.PrepareAsync(authority);
        return deployment;
    }

    /// <summary>Runs the doctor on all of it.</summary>
    /// <param name="changed">Options in place of those of a deployment in order; an empty value leaves one out.</param>
    public async Task<Ran> DoctorAsync(params (string Option, string Value)[] changed)
    {
        var options = new Dictionary<string, string>
        {
            ["--server"] = $"https://127.0.0.1:{Origin.Tls.Port}", ["--ca"] = Ca, ["--trust"] = Trust, ["--cert"] = Certificate, ["--key"] = Key, ["--parent"] = $"tls://127.0.0.1:{Origin.Tls.Port}",
            ["--listen"] = "tcp://127.0.0.1:0", ["--data"] = Helio.Directory, ["--disk-free-min"] = "1",
        };
        foreach (var (option, value) in changed) options[option] = value;
        return await Helio.RunAsync(["doctor", "-o", "json", .. options.Where(pair => pair.Value.Length > 0).SelectMany(pair => new[] { pair.Key, pair.Value })]);
    }

    public async ValueTask DisposeAsync()
    {
        await Origin.DisposeAsync();
        _server.Dispose();
        _authority.Dispose();
    }

    private async Task PrepareAsync(CertificateAuthority authority)
    {
        authority.Save(Helio.Directory);
        using var present = CertificateAuthority.Load("heliograph", Helio.Directory, TimeProvider.System);
        Assert.True(SpiffeId.TryParse("spiffe://heliograph/agent/h1", out var id, out _));
        using var own = present.Issue(id);
        CertificateFiles.Save(own, Helio.Directory, "h1");
        Helio.File("trust.json", (await Helio.RunAsync("trust", "show", "--raw")).Out);
        Assert.Equal(0, (await Helio.RunAsync("ns", "create", "shop")).Code);
        Assert.Equal(0, (await Helio.RunAsync("roles", "grant", "spiffe://heliograph/agent/h1", "reader", "*")).Code);
    }
}
