// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Heliograph.Hosting.Grpc;
using Heliograph.Hosting.Listening;
using Heliograph.Platform.Net;
using Heliograph.Platform.Pki;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;
using Xunit;
using static Heliograph.Origin.Tests.RunningOrigin;

namespace Heliograph.Origin.Tests;

/// <summary>Who gets what over gRPC: the same as over the native envelope, with a certificate, or with a token as metadata.</summary>
public sealed class GrpcAccessTests : IAsyncLifetime
{
    private readonly CertificateAuthority _authority = CertificateAuthority.Create("heliograph", TimeProvider.System);
    private readonly X509Certificate2 _server, _reader;
    private RunningOrigin? _origin;

    public GrpcAccessTests()
    {
        _server = _authority.Issue(SpiffeId.Origin("heliograph", "a"), addresses: [IPAddress.Loopback]);
        _reader = _authority.Issue(SpiffeId.App("heliograph", "shop", "web"));
    }

    private RunningOrigin Origin => _origin!;

    public async ValueTask InitializeAsync()
    {
        _origin = await StartAsync(tls: new ServerTls(_authority.Authority, () => _server));
        await Origin.SeedAsync("shop", ("a", "1"));
        await Origin.PutRoleAsync("spiffe://heliograph/app/*", "reader", "shop");
    }

    [Fact]
    public async Task Who_proves_nothing_is_refused_the_stream()
    {
        using var channel = Tls(null);
        Assert.Equal(("not_authorized", StatusCode.Unauthenticated), await RefusedAsync(channel, null));
        Assert.Equal(("not_authorized", StatusCode.Unauthenticated), await RefusedAsync(channel, "hlg_0123456789abcdef_" + new string('0', 64)));
    }

    [Fact]
    public async Task A_wrong_token_is_not_made_good_by_the_certificate_beside_it()
    {
        using var channel = Tls(_reader);
        Assert.Equal(("not_authorized", StatusCode.Unauthenticated), await RefusedAsync(channel, "hlg_0123456789abcdef_" + new string('0', 64)));
    }

    [Fact]
    public async Task A_certificate_or_a_token_in_the_metadata_reads_what_its_roles_reach_and_nothing_else()
    {
        var admin = (await File.ReadAllTextAsync(Origin.Host.AdminTokenPath, Cancel)).Trim();
        using var byCertificate = Tls(_reader);
        using var byToken = Tls(null);
        using var onLoopback = GrpcChannel.ForAddress($"http://{Origin.Host.Endpoints.Of(ListenProtocol.Grpc).Address}");
        foreach (var (channel, token, mayRead) in new[] { (byCertificate, null, true), (byToken, admin, true), (onLoopback, admin, true), (onLoopback, null, false) })
        {
            using var call = Call(channel, token);
            await SubscribeAsync(call, "shop", "heliograph.credentials");
            var frames = await FramesAsync(call, 2);
            Assert.Equal(mayRead ? "shop" : null, frames.OfType<Update>().SingleOrDefault()?.Namespace);
            Assert.Equal(mayRead ? ["heliograph.credentials"] : ["heliograph.credentials", "shop"], frames.OfType<Refused>().Select(refused => refused.Namespace).Order(StringComparer.Ordinal));
            Assert.All(frames.OfType<Refused>(), refused => Assert.Equal("not_authorized", refused.Code));
        }
    }

    private GrpcChannel Tls(X509Certificate2? certificate) => GrpcChannel.ForAddress($"https://{Origin.Host.Endpoints.Of(ListenProtocol.All).Address}", new()
    {
        HttpHandler = new SocketsHttpHandler { SslOptions = new ParentHandshake(_authority.Authority, TimeProvider.System).Options("127.0.0.1", certificate, [SslApplicationProtocol.Http2]) },
        DisposeHttpClient = true,
    });

    private static AsyncDuplexStreamingCall<Envelope, Envelope> Call(GrpcChannel channel, string? token)
    {
        var metadata = new Metadata();
        if (token is not null) metadata.Add("authorization", $"Bearer {token}");
        return channel.CreateCallInvoker().AsyncDuplexStreamingCall(SyncMethods.Connect, null, new CallOptions(metadata, cancellationToken: Cancel));
    }

    private async Task SubscribeAsync(AsyncDuplexStreamingCall<Envelope, Envelope> call, params string[] names)
    {
        var hello = new Hello { ProtocolMin = 1, ProtocolMax = 1, Instance = new() { Id = "i1" }, LogId = ByteString.CopyFrom(Origin.Host.Anchor.LogId.ToArray()) };
        await call.RequestStream.WriteAsync(new Envelope { Type = (uint)FrameType.Hello, Message = hello.ToByteString() }, Cancel);
        var subscribe = new Subscribe();
        subscribe.Subscriptions.Add(names.Select(name => new Subscription { Namespace = name }));
        await Record.ExceptionAsync(() => call.RequestStream.WriteAsync(new Envelope { Type = (uint)FrameType.Subscribe, Message = subscribe.ToByteString() }, Cancel)); // the stream may be refused by now
    }

    /// <summary>The next answers to subscriptions.</summary>
    private static async Task<List<IMessage>> FramesAsync(AsyncDuplexStreamingCall<Envelope, Envelope> call, int count)
    {
        var frames = new List<IMessage>();
        while (frames.Count < count)
        {
            Assert.True(await call.ResponseStream.MoveNext(Cancel));
            var envelope = call.ResponseStream.Current;
            if (envelope.Type == (uint)FrameType.Update) frames.Add(Update.Parser.ParseFrom(envelope.Message));
            if (envelope.Type == (uint)FrameType.Refused) frames.Add(Refused.Parser.ParseFrom(envelope.Message));
        }
        return frames;
    }

    private async Task<(string Code, StatusCode Status)> RefusedAsync(GrpcChannel channel, string? token)
    {
        using var call = Call(channel, token);
        await SubscribeAsync(call, "shop");
        var refused = Assert.IsType<Refused>((await FramesAsync(call, 1)).Single());
        Assert.Equal("", refused.Namespace);
        var end = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(Cancel));
        return (refused.Code, end.StatusCode);
    }

    public async ValueTask DisposeAsync()
    {
        if (_origin is not null) await _origin.DisposeAsync();
        _server.Dispose();
        _reader.Dispose();
        _authority.Dispose();
    }
}
