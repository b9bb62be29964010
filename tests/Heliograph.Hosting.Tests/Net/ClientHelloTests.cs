// SPDX-License-Identifier: Apache-2.0
using System.Net.Security;
using System.Security.Authentication;
using Heliograph.Platform.Net;
using Heliograph.Platform.Net.Tls;

namespace Heliograph.Hosting.Tests.Net;

/// <summary>What the first bytes of a client are taken for. Hellos are those of a real client.</summary>
public sealed class ClientHelloTests
{
    private static readonly ReadOnlyMemory<byte> Native = ParentHandshake.Native.Protocol;

    [Fact]
    public async Task A_hello_is_native_if_it_offers_the_envelope_wherever_in_the_list()
    {
        Assert.Equal(HelloKind.Native, Read(await HelloAsync(ParentHandshake.Native)));
        Assert.Equal(HelloKind.Native, Read(await HelloAsync(SslApplicationProtocol.Http2, SslApplicationProtocol.Http11, ParentHandshake.Native)));
        Assert.Equal(HelloKind.Other, Read(await HelloAsync(SslApplicationProtocol.Http2, SslApplicationProtocol.Http11)));
        Assert.Equal(HelloKind.Other, Read(await HelloAsync(new SslApplicationProtocol("heliograph-sync/9"))));
        Assert.Equal(HelloKind.Other, Read(await HelloAsync()));
    }

    [Fact]
    public async Task A_part_of_a_hello_is_incomplete_and_what_follows_it_changes_nothing()
    {
        var hello = await HelloAsync(ParentHandshake.Native);
        for (var length = 0; length < hello.Length; length++) Assert.Equal(HelloKind.Incomplete, Read(hello.AsSpan(0, length)));
        Assert.Equal(HelloKind.Native, Read([.. hello, 1, 2, 3]));
    }

    [Fact]
    public async Task What_is_longer_than_is_looked_at_is_told_by_its_header_alone()
    {
        var hello = await HelloAsync(ParentHandshake.Native);
        Assert.Equal(HelloKind.Other, ClientHello.Read(hello.AsSpan(0, 5), Native.Span, hello.Length - 1));
        Assert.Equal(HelloKind.Native, ClientHello.Read(hello, Native.Span, hello.Length));
        Assert.Equal(HelloKind.Other, Read([22, 3, 1, 0xff, 0xff]));
        Assert.Equal(HelloKind.Other, Read([22, 3, 1, 0, 0]));
    }

    [Fact]
    public async Task A_hello_in_two_records_is_not_understood()
    {
        var hello = await HelloAsync(ParentHandshake.Native);
        byte[] first = [22, 3, 1, 0, 100, .. hello.AsSpan(5, 100)];
        Assert.Equal(HelloKind.Other, Read([.. first, 22, 3, 1, (byte)((hello.Length - 105) >> 8), (byte)(hello.Length - 105), .. hello.AsSpan(105)]));
    }

    [Fact]
    public void What_is_no_TLS_is_told_by_its_first_byte()
    {
        Assert.Equal(HelloKind.Other, Read("G"u8));
        Assert.Equal(HelloKind.Other, Read([22, 2]));
        Assert.Equal(HelloKind.Incomplete, Read([]));
    }

    [Fact]
    public async Task Whatever_is_wrong_inside_is_never_read_beyond()
    {
        var (hello, random) = (await HelloAsync(SslApplicationProtocol.Http2, ParentHandshake.Native), new Random(7));
        var kinds = new HashSet<HelloKind>();
        for (var i = 0; i < 20_000; i++)
        {
            var broken = hello.ToArray();
            for (var faults = random.Next(1, 4); faults > 0; faults--) broken[random.Next(5, broken.Length)] = (byte)random.Next(256);
            kinds.Add(Read(broken)); // a read beyond the end would throw
        }
        Assert.Equal([HelloKind.Native, HelloKind.Other], kinds.Order());
    }

    private static HelloKind Read(ReadOnlySpan<byte> bytes) => ClientHello.Read(bytes, Native.Span);

    /// <summary>What the runtime's client says first.</summary>
    private static async Task<byte[]> HelloAsync(params SslApplicationProtocol[] offered)
    {
        var wire = new RecordingStream();
        await using var client = new SslStream(wire);
        var options = new SslClientAuthenticationOptions { TargetHost = "localhost", ApplicationProtocols = offered.Length == 0 ? null : [.. offered], EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13 };
        await Assert.ThrowsAnyAsync<IOException>(() => client.AuthenticateAsClientAsync(options, TestContext.Current.CancellationToken)); // nobody answers
        return wire.Written.ToArray();
    }

    /// <summary>Keeps what is written, and has nothing to read.</summary>
    private sealed class RecordingStream : MemoryStream
    {
        public MemoryStream Written { get; } = new();

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(0);

        public override int Read(Span<byte> buffer) => 0;

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => Written.WriteAsync(buffer, cancellationToken);

        public override void Write(ReadOnlySpan<byte> buffer) => Written.Write(buffer);
    }
}
