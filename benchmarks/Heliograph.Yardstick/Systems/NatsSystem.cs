// SPDX-License-Identifier: Apache-2.0
using System.Text;
using Heliograph.Yardstick.Load;
using Heliograph.Yardstick.Wires;

namespace Heliograph.Yardstick.Systems;

/// <summary>NATS: core publish and subscribe, or a JetStream key-value bucket in files.</summary>
internal sealed class NatsSystem(bool isKeyValue, bool isTls) : MeasuredSystem
{
    private PublisherSocket? _publisher;

    public override string Name => isTls ? "nats-tls" : isKeyValue ? "nats-kv" : "nats";

    public override bool HasStoredValues => isKeyValue;

    public override void Start()
    {
        Port = FreePorts(1)[0];
        File.WriteAllText(PathOf("nats.conf"), Configuration());
        Server = new MeasuredProcess("nats-server", ["-c", PathOf("nats.conf")], PathOf("nats.log"));
        Server.WaitForPort(Port, StartWithin);
        _publisher = new PublisherSocket(Port, (socket, text) =>
        {
            if (text.Contains("PING\r\n", StringComparison.Ordinal)) socket.Send("PONG\r\n");
        });
        _publisher.Send("CONNECT {\"verbose\":false,\"pedantic\":false,\"echo\":false,\"headers\":true,\"lang\":\"yardstick\",\"version\":\"1\"}\r\nSUB _P 9\r\n");
        if (isKeyValue) CreateBucket();
    }

    public override Wire NewWire(int storedValues) => new NatsWire(isKeyValue, isTls, storedValues);

    public override void Publish(byte[] value, int key) => Publish(isKeyValue ? $"$KV.cfg.{Subject(key)}" : "cfg.hot", value);

    public override void Store(int keys, int valueBytes)
    {
        if (!isKeyValue) throw new NotSupportedException("Core NATS stores nothing.");
        for (var key = 0; key < keys; key++) Publish($"$KV.cfg.{Subject(key)}", StoredValue(key, valueBytes));
        Thread.Sleep(1_000); // not acknowledged: the stream takes them in order
    }

    public override void Dispose()
    {
        _publisher?.Dispose();
        base.Dispose();
    }

    private static string Subject(int key) => Key(key).Replace('/', '.');

    private string Configuration()
    {
        var text = new StringBuilder($"host: 127.0.0.1\nport: {Port}\nmax_connections: 100000\n");
        if (isKeyValue) text.Append($"jetstream {{ store_dir: \"{PathOf("jetstream")}\" }}\n");
        if (!isTls) return text.ToString();
        var certificates = BenchCertificates.Issue("bench", PathOf("pki"));
        AnonymousTls = Tls = new TlsClient(alpn: null);
        return text.Append($"allow_non_tls: true\ntls {{ cert_file: \"{certificates.Server}\", key_file: \"{certificates.ServerKey}\", timeout: 60 }}\n").ToString();
    }

    private void Publish(string subject, byte[] value) => _publisher!.Send([.. Encoding.ASCII.GetBytes($"PUB {subject} {value.Length}\r\n"), .. value, .. "\r\n"u8]);

    private void CreateBucket()
    {
        const string json = """{"name":"KV_cfg","subjects":["$KV.cfg.>"],"max_msgs_per_subject":1,"storage":"file","retention":"limits","discard":"new","num_replicas":1,"max_consumers":-1,"max_msgs":-1,"max_bytes":-1,"max_age":0}""";
        _publisher!.Send($"PUB $JS.API.STREAM.CREATE.KV_cfg _P {json.Length}\r\n{json}\r\n");
        for (var i = 0; i < 100 && !_publisher.Received.Contains("\"config\"", StringComparison.Ordinal); i++) Thread.Sleep(50);
        if (!_publisher.Received.Contains("\"config\"", StringComparison.Ordinal)) throw new IOException($"The bucket could not be made: {_publisher.Received}");
    }
}
