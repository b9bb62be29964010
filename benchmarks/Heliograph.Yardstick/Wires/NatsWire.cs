// SPDX-License-Identifier: Apache-2.0
using System.Text;
using Heliograph.Yardstick.Load;

namespace Heliograph.Yardstick.Wires;

/// <summary>NATS: a subject, or a watch of a key-value bucket, which is a push consumer a watcher. Without the flow control and heartbeats that the official client adds.</summary>
internal sealed class NatsWire(bool isKeyValue, bool isTls, int storedValues) : Wire
{
    private const string Connect = """CONNECT {"verbose":false,"pedantic":false,"echo":false,"headers":true,"lang":"yardstick","version":"1"}""";

    private static readonly object Greeted = new(), Watching = new();

    /// <summary>The server speaks first and in plaintext, also with TLS.</summary>
    public override bool GreetsBeforeTls => isTls;

    public override void OnConnected(Subscriber subscriber)
    {
        var subscribe = isKeyValue ? $"SUB _I.{subscriber.Index} 1\r\nSUB _R.{subscriber.Index} 2\r\n" : "SUB cfg.hot 1\r\n";
        subscriber.State = null;
        subscriber.Send(Encoding.ASCII.GetBytes($"{Connect}\r\n{subscribe}PING\r\n"));
    }

    public override void OnData(Subscriber subscriber, ReadOnlySpan<byte> data)
    {
        if (subscriber.State != Watching) Greet(subscriber, data);
        if (data.Length <= 64 && data.IndexOf("PING\r\n"u8) >= 0) subscriber.Send("PONG\r\n"u8);
        subscriber.Scan(data);
        if (subscriber.State == Watching && (!subscriber.WantsSnapshot || subscriber.StoredValues >= storedValues)) subscriber.MarkReady();
    }

    private void Greet(Subscriber subscriber, ReadOnlySpan<byte> data)
    {
        if (subscriber.State is null && data.IndexOf("PONG\r\n"u8) >= 0)
        {
            subscriber.State = isKeyValue ? Greeted : Watching;
            if (isKeyValue) CreateConsumer(subscriber);
        }
        else if (isKeyValue && data.IndexOf("consumer_create_response"u8) >= 0)
        {
            if (data.IndexOf("\"error\""u8) >= 0) subscriber.Recorder.Fault($"subscriber {subscriber.Index}: {Encoding.ASCII.GetString(data)}");
            subscriber.State = Watching;
        }
    }

    private static void CreateConsumer(Subscriber subscriber)
    {
        var deliver = subscriber.WantsSnapshot ? "last_per_subject" : "new";
        var json = $$$"""{"stream_name":"KV_cfg","config":{"deliver_policy":"{{{deliver}}}","ack_policy":"none","filter_subject":"$KV.cfg.>","deliver_subject":"_I.{{{subscriber.Index}}}","replay_policy":"instant","mem_storage":true,"num_replicas":1}}""";
        subscriber.Send(Encoding.ASCII.GetBytes($"PUB $JS.API.CONSUMER.CREATE.KV_cfg _R.{subscriber.Index} {json.Length}\r\n{json}\r\n"));
    }
}
