// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Heliograph.Yardstick.Load;
using Heliograph.Yardstick.Wires;

namespace Heliograph.Yardstick.Systems;

/// <summary>The bare epoll loop in C: no protocol, no memory of who has what. What the kernel's part alone costs.</summary>
internal sealed class LimitSystem(string program) : MeasuredSystem
{
    private PublisherSocket? _publisher;

    public override string Name => "limit";

    public override void Start()
    {
        var ports = FreePorts(2);
        Port = ports[0];
        Server = new MeasuredProcess(program, [.. ports.Select(port => port.ToString(CultureInfo.InvariantCulture))], PathOf("limit.log"));
        Server.WaitForPort(ports[1], StartWithin);
        _publisher = new PublisherSocket(ports[1]);
    }

    public override Wire NewWire(int storedValues) => new RawWire(storedValues);

    public override void Publish(byte[] value, int key) => Control((byte)'U', value);

    public override void Store(int keys, int valueBytes)
    {
        using var all = new MemoryStream();
        for (var key = 0; key < keys; key++)
        {
            all.Write(Encoding.ASCII.GetBytes(Key(key) + "="));
            all.Write(StoredValue(key, valueBytes));
        }
        Control((byte)'S', all.ToArray());
        Thread.Sleep(300); // it answers nothing; the loop takes it in one read or two
    }

    private void Control(byte kind, ReadOnlySpan<byte> body)
    {
        var frame = new byte[5 + body.Length];
        frame[0] = kind;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), body.Length);
        body.CopyTo(frame.AsSpan(5));
        _publisher!.Send(frame);
    }

    public override void Dispose()
    {
        _publisher?.Dispose();
        base.Dispose();
    }
}
