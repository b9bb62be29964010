// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Heliograph.Hosting.Grpc;
using Heliograph.Hosting.Listening;
using Heliograph.Hosting.Problems;
using Heliograph.Platform.Net;
using Heliograph.Platform.Pki;
using Heliograph.Replication.Ports;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Heliograph.Hosting.Tests;

/// <summary>A tier with real listeners on free ports, a realm of its own, and an acceptor that the test scripts.</summary>
public sealed class TestTier : IAsyncDisposable
{
    public static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private WebApplication? _application;

    public TestTier()
    {
        Authority = CertificateAuthority.Create("shop", Time);
        Authority.Save(Directory.Join("ca"));
        ServerCertificate = Authority.Issue(SpiffeId.Relay("shop", "eu", "r1"), ["localhost"], [IPAddress.Loopback]);
    }

    public FakeTimeProvider Time { get; } = new(Start);

    public TemporaryDirectory Directory { get; } = new();

    public CertificateAuthority Authority { get; }

    public X509Certificate2 ServerCertificate { get; set; }

    public ScriptedAcceptor Acceptor { get; } = new();

    public BoundEndpoints Endpoints => _application!.Services.GetRequiredService<BoundEndpoints>();

    public IServiceProvider Services => _application!.Services;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask<TestTier> StartAsync(params string[] endpoints) => StartAsync(null, null, null, endpoints);

    public async ValueTask<TestTier> StartAsync(Action<WebApplication>? map, Action<IServiceCollection>? add, ListenerOptions? limits, params string[] endpoints)
    {
        limits ??= new();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<TimeProvider>(Time);
        builder.Services.AddSingleton<ISyncAcceptor>(Acceptor);
        builder.Services.AddHeliographGrpc();
        add?.Invoke(builder.Services);
        builder.AddHeliographListeners(new()
        {
            Endpoints = [.. endpoints.Select(ListenEndpoint.Parse)],
            Tls = new(Authority.Authority, () => ServerCertificate),
            RequestBodyBytesMax = limits.RequestBodyBytesMax,
            PipeBytesMax = limits.PipeBytesMax,
            ConnectionAgeMax = limits.ConnectionAgeMax,
        });
        _application = builder.Build();
        _application.UseHeliographProblems();
        _application.MapHeliographSync();
        _application.MapGet("/who", (HttpContext context) => $"{context.Request.Protocol} {context.GetPeer(Time).Kind} {context.GetPeer(Time).Subject}");
        map?.Invoke(_application);
        await _application.StartAsync(Cancel);
        return this;
    }

    public Task StopAsync() => _application!.StopAsync(Cancel);

    /// <summary>A dialer that trusts the realm and shows a certificate, if one is given.</summary>
    public IDialer Dialer(X509Certificate2? certificate = null, RealmAuthority? authority = null) =>
        new ParentDialer(new() { Authority = authority ?? Authority.Authority, ClientCertificate = () => certificate }, Time);

    public ValueTask<IConnection> DialAsync(string address, X509Certificate2? certificate = null) => Dialer(certificate).ConnectAsync(new(new(address)), Cancel);

    public string Tls => $"tls://localhost:{Endpoints.Of(ListenProtocol.All).Address!.Port}";

    public string Grpc => $"grpc://localhost:{Endpoints.Of(ListenProtocol.All).Address!.Port}";

    /// <summary>An HTTP client for the TLS port.</summary>
    public HttpClient Https(X509Certificate2? certificate = null)
    {
        var handshake = new ParentHandshake(Authority.Authority, Time);
        var handler = new SocketsHttpHandler { SslOptions = handshake.Options("localhost", certificate, [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11]) };
        return new(handler) { BaseAddress = new($"https://localhost:{Endpoints.Of(ListenProtocol.All).Address!.Port}") };
    }

    /// <summary>An HTTP client for the plain port.</summary>
    public HttpClient Http() => new() { BaseAddress = new(Endpoints.Of(ListenProtocol.Http).ToString()) };

    /// <summary>A certificate signed by the realm's own authority, with whatever URIs.</summary>
    public X509Certificate2 SignWithAuthority(params string[] uris)
    {
        using var authority = X509Certificate2.CreateFromPemFile(Directory.Join("ca/ca.pem"), Directory.Join("ca/ca-key.pem"));
        return TestCertificates.SignedBy(authority, Start, uris);
    }

    public async ValueTask DisposeAsync()
    {
        Acceptor.Dispose();
        if (_application is not null) await _application.DisposeAsync();
        Authority.Dispose();
        ServerCertificate.Dispose();
        Directory.Dispose();
    }
}
