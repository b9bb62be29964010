// SPDX-License-Identifier: Apache-2.0
using System.Net;
using Heliograph.AppConfiguration.Webhooks;
using Heliograph.Platform.Pki;
using static Heliograph.AppConfiguration.Tests.Webhooks.RunningWebhooks;

namespace Heliograph.AppConfiguration.Tests.Webhooks;

/// <summary>Where a webhook may go, and where not: a receiver's name is in the hands of whoever rules its DNS.</summary>
public sealed class TargetTests
{
    [Theory]
    [InlineData("127.0.0.1"), InlineData("127.255.255.254"), InlineData("0.0.0.0"), InlineData("10.0.0.1"), InlineData("100.64.0.1"), InlineData("169.254.169.254"), InlineData("172.16.0.1"), InlineData("172.31.255.255")]
    [InlineData("192.168.1.1"), InlineData("192.0.0.8"), InlineData("198.18.0.1"), InlineData("203.0.113.9"), InlineData("224.0.0.1"), InlineData("255.255.255.255")]
    [InlineData("::"), InlineData("::1"), InlineData("fe80::1"), InlineData("fc00::1"), InlineData("fd00:ec2::254"), InlineData("ff02::1"), InlineData("2001:db8::1"), InlineData("2001::1"), InlineData("2002:7f00:1::1"), InlineData("64:ff9b:1::1")]
    [InlineData("::ffff:127.0.0.1"), InlineData("::ffff:10.0.0.1"), InlineData("::ffff:169.254.169.254"), InlineData("64:ff9b::7f00:1"), InlineData("64:ff9b::a9fe:a9fe"), InlineData("::127.0.0.1")]
    public void What_is_not_public_is_refused_in_every_notation_unless_it_is_named(string address)
    {
        var target = IPAddress.Parse(address);
        Assert.False(TargetRules.Allow(target, []));
        Assert.False(TargetRules.Allow(target, [IPNetwork.Parse("11.0.0.0/8"), IPNetwork.Parse("fd12::/16")]));
    }

    [Theory]
    [InlineData("1.1.1.1"), InlineData("172.32.0.1"), InlineData("100.128.0.1"), InlineData("2606:4700::1111"), InlineData("::ffff:1.1.1.1"), InlineData("64:ff9b::101:101")]
    public void What_is_public_is_allowed(string address) => Assert.True(TargetRules.Allow(IPAddress.Parse(address), []));

    [Theory]
    [InlineData("10.1.2.3", "10.1.0.0/16"), InlineData("::ffff:10.1.2.3", "10.1.0.0/16"), InlineData("127.0.0.1", "127.0.0.1/32"), InlineData("fd00::5", "fd00::/64")]
    public void What_is_named_is_allowed(string address, string network) => Assert.True(TargetRules.Allow(IPAddress.Parse(address), [IPNetwork.Parse(network)]));

    [Theory]
    [InlineData("127.0.0.1"), InlineData("localhost"), InlineData("[::ffff:127.0.0.1]")]
    public async Task A_name_that_stands_for_loopback_is_not_connected_to(string host)
    {
        await using var receiver = await Receiver.StartAsync();
        var url = new UriBuilder(receiver.Url) { Host = host }.Uri;
        using (var sender = new WebhookSender(Hook(receiver, url: url, allow: []), TimeProvider.System))
        {
            var result = await sender.ValidateAsync(RunningFace.Cancel);
            Assert.False(result.IsTaken);
            Assert.Contains("not public", result.Reason, StringComparison.Ordinal);
        }
        Assert.Empty(receiver.All);
        using var allowed = new WebhookSender(Hook(receiver, url: url), TimeProvider.System);
        Assert.Equal(new SendResult(true), await allowed.ValidateAsync(RunningFace.Cancel));
    }

    [Fact]
    public async Task Over_TLS_only_a_certificate_of_the_named_authority_is_believed()
    {
        using var authority = CertificateAuthority.Create("heliograph", TimeProvider.System);
        using var stranger = CertificateAuthority.Create("stranger", TimeProvider.System);
        using var certificate = authority.Issue(SpiffeId.Origin("heliograph", "receiver"), dnsNames: ["localhost"]);
        await using var receiver = await Receiver.StartAsync(certificate);
        var url = new UriBuilder(receiver.Url) { Host = "localhost" }.Uri;
        using var sender = new WebhookSender(Hook(receiver, url: url, allowHttp: false, authorities: PemOf(authority)), TimeProvider.System);
        Assert.Equal(new SendResult(true), await sender.ValidateAsync(RunningFace.Cancel));
        foreach (var pem in new[] { null, PemOf(stranger) })
        {
            using var other = new WebhookSender(Hook(receiver, url: url, allowHttp: false, authorities: pem), TimeProvider.System);
            Assert.False((await other.ValidateAsync(RunningFace.Cancel)).IsTaken);
        }
    }

    [Fact]
    public void A_file_of_webhooks_names_every_fault_and_no_secret()
    {
        var directory = Directory.CreateTempSubdirectory("helio-hooks-").FullName;
        try
        {
            string Written(string name, string text)
            {
                var path = Path.Combine(directory, name);
                Heliograph.Platform.Files.ProtectedFile.Write(path, text, Heliograph.Platform.Files.ProtectedFile.OwnerOnly, replace: true);
                return path;
            }
            Written("good.secret", "whsec_" + Convert.ToBase64String(Secret) + "\n");
            Written("short.secret", "c2hvcnQ=");
            var good = Assert.Single(WebhookFile.Load(Written("hooks.json", """{"webhooks":[{"name":"push","namespace":"store.test","url":"https://push.example.com/x","endpoint":"https://config.example.com","secretFile":"good.secret","allowNetworks":["10.1.0.0/16"],"events":["KeyValueModified"]}]}""")));
            Assert.Equal(Secret, good.Secret.ToArray());
            Assert.Equal((100, 30, WebhookSchema.EventGrid, false), (good.BatchMax, good.AttemptsMax, good.Schema, good.AllowHttp));

            var fault = Assert.Throws<InvalidDataException>(() => WebhookFile.Load(Written("hooks.json", """
                {"webhooks":[
                  {"name":"Push!","namespace":"store.test","url":"http://push.example.com/x","endpoint":"https://config.example.com/kv","secretFile":"short.secret","allowNetworks":["everywhere"],"events":["Everything"],"batchMax":0,"attemptsMax":0,"timeoutSeconds":60},
                  {"name":"p","namespace":"Ä","url":"https://a","endpoint":"https://b","secretFile":"good.secret","schema":"soap"}]}
                """))).Message;
            foreach (var part in new[] { "[0].name:", "[0].url: https is expected", "[0].endpoint:", "[0].secretFile:", "[0].allowNetworks:", "[0].events:", "[0].attemptsMax:", "[0].timeoutSeconds:", "[1].namespace:", "[1].schema:" })
                Assert.Contains(part, fault, StringComparison.Ordinal);
            Assert.DoesNotContain("c2hvcnQ", fault, StringComparison.Ordinal);
            Assert.Throws<InvalidDataException>(() => WebhookFile.Load(Written("hooks.json", """{"webhooks":[{"name":"push","unknown":1}]}""")));
        }
        finally { Directory.Delete(directory, recursive: true); }
    }

    private static string PemOf(CertificateAuthority authority)
    {
        var directory = Directory.CreateTempSubdirectory("helio-ca-").FullName;
        try
        {
            authority.Save(directory);
            return File.ReadAllText(Path.Combine(directory, CertificateAuthority.CertificateFile));
        }
        finally { Directory.Delete(directory, recursive: true); }
    }
}
