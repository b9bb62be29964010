// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Heliograph.Core.Log;
using Heliograph.Storage.Etcd.Layout;
using Heliograph.Storage.Etcd.Members;
using Heliograph.Storage.Etcd.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Heliograph.Storage.Etcd.Tests;

/// <summary>Which etcd is used, and which is refused with the reason.</summary>
public sealed class OpeningTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("3.4.23", false)]
    [InlineData("3.4.45", false)]
    [InlineData("3.5.32", false)]
    [InlineData("3.5.33", true)]
    [InlineData("3.5.40", true)]
    [InlineData("3.6.13", false)]
    [InlineData("3.6.0-rc.1", false)]
    [InlineData("3.6.14", true)]
    [InlineData("3.7.0", true)]
    [InlineData("4.0.0", true)]
    [InlineData("2.3.8", false)]
    [InlineData("", false)]
    [InlineData("new\n", false)]
    public void Releases_with_known_faults_are_not_supported(string version, bool isSupported)
    {
        var fault = EtcdVersion.Fault(version);
        Assert.Equal(isSupported, fault is null);
        if (fault is not null && version.Length > 4) Assert.DoesNotContain('\n', fault);
    }

    [Fact]
    public async Task An_unsupported_release_is_refused_unless_it_is_allowed()
    {
        var version = (await SharedEtcd.Cluster.Upkeep(SharedEtcd.Cluster.Members[0]).StatusAsync(new(), cancellationToken: Cancel)).Version;
        Assert.SkipWhen(EtcdVersion.Fault(version) is null, $"The etcd here, {version}, is supported.");

        var refused = await RefusedAsync([SharedEtcd.Cluster.Members[0].Address]);

        Assert.Equal(EtcdRefusal.Unsupported, refused.Refusal);
        Assert.Contains(version, refused.Message, StringComparison.Ordinal);
        Assert.Contains("3.5.33 or 3.6.14", refused.Message, StringComparison.Ordinal);
        Assert.Contains("--allow-unsupported-etcd", refused.Message, StringComparison.Ordinal);
        await using var store = await SharedEtcd.Cluster.OpenAsync(EtcdTestCluster.NewLogId()); // these allow it
    }

    [Theory]
    [InlineData("http://etcd.example:2379", "plain text")]
    [InlineData("ftp://127.0.0.1:2379", "write https://host:2379")]
    [InlineData("https://127.0.0.1:2379/v3", "write https://host:2379")]
    public async Task Addresses_that_must_not_be_used_are_named(string address, string reason)
    {
        var refused = await RefusedAsync([new(address)]);
        Assert.Equal(EtcdRefusal.Settings, refused.Refusal);
        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_nobody_answers_it_says_so_and_why()
    {
        var refused = await RefusedAsync([new($"http://127.0.0.1:{EtcdProcess.FreePorts(1)[0]}")]);
        Assert.Equal(EtcdRefusal.CannotConnect, refused.Refusal);
        Assert.Contains("refused", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Members_of_two_clusters_are_not_one()
    {
        await using var other = await EtcdTestCluster.StartAsync(1);
        var refused = await RefusedAsync([SharedEtcd.Cluster.Members[0].Address, other.Members[0].Address], allowUnsupported: true);
        Assert.Equal(EtcdRefusal.OtherCluster, refused.Refusal);
    }

    [Theory]
    [InlineData("2", EtcdRefusal.OtherFormat)]
    [InlineData("incoming", EtcdRefusal.Moved)]
    [InlineData("moved", EtcdRefusal.Moved)]
    public async Task A_log_of_another_layout_or_that_was_moved_is_not_opened(string format, EtcdRefusal expected)
    {
        var logId = EtcdTestCluster.NewLogId();
        await using (await SharedEtcd.Cluster.OpenAsync(logId)) { }
        await SharedEtcd.Cluster.Keys(SharedEtcd.Cluster.Members[0]).PutAsync(new() { Key = new StoreKeys(logId).Format, Value = ByteString.CopyFromUtf8(format) }, cancellationToken: Cancel);

        Assert.Equal(expected, (await Assert.ThrowsAsync<EtcdLogStoreException>(async () => await SharedEtcd.Cluster.OpenAsync(logId))).Refusal);
    }

    [Fact]
    public async Task A_damaged_head_or_epoch_keeps_the_log_closed()
    {
        foreach (var pick in new Func<StoreKeys, ByteString>[] { keys => keys.Head, keys => keys.Epoch })
        {
            var logId = EtcdTestCluster.NewLogId();
            await using (await SharedEtcd.Cluster.OpenAsync(logId)) { }
            var raw = SharedEtcd.Cluster.Keys(SharedEtcd.Cluster.Members[0]);
            var key = pick(new(logId));
            var bytes = (await raw.RangeAsync(new() { Key = key }, cancellationToken: Cancel)).Kvs[0].Value.ToByteArray();
            bytes[3] ^= 4;
            await raw.PutAsync(new() { Key = key, Value = ByteString.CopyFrom(bytes) }, cancellationToken: Cancel);

            Assert.Equal(EtcdRefusal.Corrupt, (await Assert.ThrowsAsync<EtcdLogStoreException>(async () => await SharedEtcd.Cluster.OpenAsync(logId))).Refusal);
        }
    }

    [Fact]
    public async Task Over_TLS_both_sides_prove_who_they_are()
    {
        EtcdProcess.Need();
        var directory = Directory.CreateTempSubdirectory("heliograph-etcd-tls-");
        using var authority = Authority("etcd");
        using var stranger = Authority("stranger");
        using var server = Issue(authority, "etcd server");
        using var client = Issue(authority, "origin");
        await File.WriteAllTextAsync(Path.Combine(directory.FullName, "ca.pem"), authority.ExportCertificatePem(), Cancel);
        await File.WriteAllTextAsync(Path.Combine(directory.FullName, "server.pem"), server.ExportCertificatePem(), Cancel);
        await File.WriteAllTextAsync(Path.Combine(directory.FullName, "server-key.pem"), server.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem(), Cancel);
        var ports = EtcdProcess.FreePorts(2);
        using var member = new EtcdProcess("tls", directory.FullName, ports[0], ports[1], $"tls=http://127.0.0.1:{ports[1]}", "https",
            ["--cert-file", Path.Combine(directory.FullName, "server.pem"), "--key-file", Path.Combine(directory.FullName, "server-key.pem"), "--client-cert-auth", "--trusted-ca-file", Path.Combine(directory.FullName, "ca.pem")]);
        member.Start();

        await using (var store = await OpenAsync(member.Address, authority, client, TimeSpan.FromSeconds(20)))
            Assert.Equal(LogTip.Empty, Assert.IsType<StoreAnswer<LogTip>.Done>(await store.ReadTipAsync(Cancel)).Value);
        foreach (var (believed, shown) in new (X509Certificate2, X509Certificate2?)[] { (authority, null), (stranger, client) })
            Assert.Equal(EtcdRefusal.CannotConnect, (await Assert.ThrowsAsync<EtcdLogStoreException>(async () => await OpenAsync(member.Address, believed, shown, TimeSpan.FromSeconds(1)))).Refusal);

        member.Dispose();
        directory.Delete(recursive: true);
    }

    private static ValueTask<EtcdLogStore> OpenAsync(Uri address, X509Certificate2 authority, X509Certificate2? client, TimeSpan patience) => EtcdLogStore.OpenAsync(
        new() { Endpoints = [address], LogId = EtcdTestCluster.NewLogId(), AllowUnsupported = true, Authorities = [authority], ClientCertificate = client, OpenTimeout = patience },
        TimeProvider.System, NullLogger.Instance, Cancel);

    private static Task<EtcdLogStoreException> RefusedAsync(IReadOnlyList<Uri> addresses, bool allowUnsupported = false) => Assert.ThrowsAsync<EtcdLogStoreException>(async () =>
    {
        await using var store = await EtcdLogStore.OpenAsync(
            new() { Endpoints = addresses, LogId = EtcdTestCluster.NewLogId(), AllowUnsupported = allowUnsupported, OpenTimeout = TimeSpan.FromMilliseconds(600) }, TimeProvider.System, NullLogger.Instance, Cancel);
    });

    private static X509Certificate2 Authority(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    private static X509Certificate2 Issue(X509Certificate2 authority, string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(authority, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(12), RandomNumberGenerator.GetBytes(8));
        return certificate.CopyWithPrivateKey(key);
    }
}
