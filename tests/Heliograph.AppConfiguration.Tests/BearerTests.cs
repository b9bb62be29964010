// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Text.Json.Nodes;
using Heliograph.AppConfiguration.Access;
using Heliograph.Core.Sequencing;
using Heliograph.Hosting.Listening;
using Heliograph.Platform.Pki;
using static Heliograph.AppConfiguration.Tests.SignedClient;

namespace Heliograph.AppConfiguration.Tests;

/// <summary>Tokens of an OpenID Connect issuer: a real one, on loopback, with its own key.</summary>
public sealed class BearerTests
{
    [Fact]
    public async Task A_token_of_the_issuer_opens_the_store_of_the_host_name_as_far_as_the_realms_roles_go()
    {
        await using var issuer = await Issuer.StartAsync();
        await using var face = await RunningFace.StartAsync(Options(issuer, "127.0.0.1"));
        foreach (var (subject, role) in new[] { ("ann", "author"), ("rob", "reader") }) await GrantAsync(face, subject, role);
        Task<Reply> SendAsync(string method, string token, JsonObject? body = null) => face.Client.SendAsync(method, $"/kv/k?{Newest}", body, ("Authorization", $"Bearer {token}"));

        Assert.Equal(200, (await SendAsync("PUT", issuer.Token("ann"), new JsonObject { ["value"] = "1" })).Code);
        Assert.Equal(200, (await SendAsync("GET", issuer.Token("rob"))).Code);
        Assert.Equal(403, (await SendAsync("PUT", issuer.Token("rob"), new JsonObject { ["value"] = "2" })).Code);
        Assert.Equal(403, (await SendAsync("GET", issuer.Token("nobody"))).Code);
        Assert.Equal(401, (await SendAsync("GET", issuer.Token("ann", audience: "other"))).Code);
        Assert.Equal(401, (await SendAsync("GET", issuer.Token("ann", lifetime: TimeSpan.FromHours(-1)))).Code);
        Assert.Equal(401, (await SendAsync("GET", issuer.Token("ann")[..^4] + "AAAA")).Code);
        Assert.Equal(401, (await SendAsync("GET", "not-a-token")).Code);
    }

    [Fact]
    public async Task The_published_client_comes_in_with_a_token_credential_over_TLS()
    {
        await ClientProcess.RequireNodeAsync();
        await using var issuer = await Issuer.StartAsync();
        await using var face = await RunningFace.StartAsync();
        foreach (var (subject, role) in new[] { ("ann", "author"), ("rob", "reader") }) await GrantAsync(face, subject, role);
        using var authority = CertificateAuthority.Create("heliograph", TimeProvider.System);
        using var certificate = authority.Issue(SpiffeId.Origin("heliograph", "o1"), dnsNames: ["localhost"], addresses: [IPAddress.Loopback]);
        authority.Save(face.Directory);
        await using var secure = await AppConfigurationHost.StartAsync(
            new AppConfigurationOptions { Listeners = new() { Endpoints = [ListenEndpoint.Parse("tls://127.0.0.1:0")], Tls = new ServerTls(authority.Authority, () => certificate) }, Bearer = Options(issuer, "localhost") },
            face.Origin.Sequencer, face.Origin.AccessKeys.Source, TimeProvider.System, null, RunningFace.Cancel);

        var ran = await ClientProcess.RunAsync("node", ["bearer_client.js"],
            ("HELIOGRAPH_ENDPOINT", $"https://localhost:{secure.Endpoints.Of(ListenProtocol.All).Address!.Port}"), ("HELIOGRAPH_CA", Path.Combine(face.Directory, CertificateAuthority.CertificateFile)),
            ("HELIOGRAPH_AUTHOR", issuer.Token("ann")), ("HELIOGRAPH_READER", issuer.Token("rob")), ("HELIOGRAPH_EXPIRED", issuer.Token("ann", lifetime: TimeSpan.FromHours(-1))));

        Assert.True(ran.Code == 0, ran.Output);
        Assert.Contains("passed 8", ran.Output, StringComparison.Ordinal);
        Assert.Equal("over TLS", (string)(await face.Client.GetAsync($"/kv/bearer?{Newest}"))["value"]!); // one store, whichever way in
    }

    private static BearerOptions Options(Issuer issuer, string host) => new() { Authority = issuer.Address, Audience = "app-configuration", Stores = new Dictionary<string, NamespaceName> { [host] = RunningFace.Store } };

    private static async Task GrantAsync(RunningFace face, string subject, string role) =>
        Assert.IsType<SubmitResult.Committed>(await face.Origin.Sequencer.SubmitAsync(new Submission.Change(
            new Changeset(NamespaceName.Realm, [new SettingOperation.Put(Setting.Of($"roles/{subject}", $$"""{"subject":"oidc:{{subject}}","role":"{{role}}","namespaces":"store.*"}"""))]), "test", RunningFace.Id()), RunningFace.Cancel));
}
