// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text;
using Heliograph.Yardstick.Load;
using Heliograph.Yardstick.Wires;

namespace Heliograph.Yardstick.Systems;

/// <summary>Redis publish and subscribe, without persistence, as Debian ships it but for the limit of clients.</summary>
internal sealed class RedisSystem(bool isTls) : MeasuredSystem
{
    private PublisherSocket? _publisher;

    public override string Name => isTls ? "redis-tls" : "redis";

    public override void Start()
    {
        var ports = FreePorts(2);
        Port = ports[isTls ? 1 : 0];
        var certificates = isTls ? BenchCertificates.Issue("bench", PathOf("pki")) : null;
        if (isTls) AnonymousTls = Tls = new TlsClient(alpn: null);
        Server = new MeasuredProcess("redis-server",
            ["--port", ports[0].ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--maxclients", "100000", "--tcp-backlog", "65535", "--dir", PathOf("."), "--protected-mode", "no",
                .. certificates is null ? (string[])[] : ["--tls-port", ports[1].ToString(CultureInfo.InvariantCulture), "--tls-cert-file", certificates.Server, "--tls-key-file", certificates.ServerKey, "--tls-ca-cert-file", certificates.Authority, "--tls-auth-clients", "no"]],
            PathOf("redis.log"));
        Server.WaitForPort(Port, StartWithin);
        _publisher = new PublisherSocket(ports[0]);
    }

    public override Wire NewWire(int storedValues) => new RedisWire(storedValues);

    public override void Publish(byte[] value, int key) => Command("PUBLISH"u8, "hot"u8, value);

    public override void Store(int keys, int valueBytes)
    {
        for (var key = 0; key < keys; key++) Command("HSET"u8, "cfg"u8, Encoding.ASCII.GetBytes(Key(key)), StoredValue(key, valueBytes));
        Thread.Sleep(300); // pipelined: the answers are not waited for
    }

    private void Command(ReadOnlySpan<byte> name, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, ReadOnlySpan<byte> third = default)
    {
        using var command = new MemoryStream();
        command.Write(third.IsEmpty ? "*3\r\n"u8 : "*4\r\n"u8);
        Part(name);
        Part(first);
        Part(second);
        if (!third.IsEmpty) Part(third);
        _publisher!.Send(command.GetBuffer().AsSpan(0, (int)command.Length));

        void Part(ReadOnlySpan<byte> part)
        {
            command.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"${part.Length}\r\n")));
            command.Write(part);
            command.Write("\r\n"u8);
        }
    }

    public override void Dispose()
    {
        _publisher?.Dispose();
        base.Dispose();
    }
}
