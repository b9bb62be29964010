// SPDX-License-Identifier: Apache-2.0
using Heliograph.Yardstick.Load;
using Heliograph.Yardstick.Wires;

namespace Heliograph.Yardstick.Systems;

/// <summary>A single-node etcd, as Debian ships it: a put is durable, then watched.</summary>
internal sealed class EtcdSystem(bool isTls) : MeasuredSystem
{
    private readonly SemaphoreSlim _window = new(64);
    private EtcdApi? _api;
    private int _plainPort;

    public override string Name => isTls ? "etcd-tls" : "etcd";

    public override void Start()
    {
        var ports = FreePorts(3);
        var (plain, peers) = ($"http://127.0.0.1:{ports[0]}", $"http://127.0.0.1:{ports[1]}");
        Port = ports[isTls ? 2 : 0];
        _plainPort = ports[0];
        var certificates = isTls ? BenchCertificates.Issue("bench", PathOf("pki")) : null;
        if (isTls) AnonymousTls = Tls = new TlsClient("h2");
        Server = new MeasuredProcess("etcd",
            ["--data-dir", PathOf("data"), "--listen-client-urls", isTls ? $"{plain},https://127.0.0.1:{Port}" : plain, "--advertise-client-urls", plain, "--listen-peer-urls", peers, "--initial-advertise-peer-urls", peers,
                "--initial-cluster", $"default={peers}", "--log-level", "error", .. certificates is null ? (string[])[] : ["--cert-file", certificates.Server, "--key-file", certificates.ServerKey]],
            PathOf("etcd.log"));
        Server.WaitForPort(Port, StartWithin);
        _api = new EtcdApi(new Uri(plain));
        WaitUntilItWrites();
    }

    public override IAuthor NewAuthor(int author) => new EtcdAuthor(_plainPort, author);

    public override Wire NewWire(int storedValues) => new EtcdWire(isTls);

    public override void Publish(byte[] value, int key)
    {
        _window.Wait();
        _ = PublishAsync([.. value], $"cfg/{Key(key)}");
    }

    public override void Store(int keys, int valueBytes)
    {
        foreach (var chunk in Enumerable.Range(0, keys).Chunk(100))
            _api!.PutManyAsync(chunk.Select(key => ($"cfg/{Key(key)}", StoredValue(key, valueBytes)))).GetAwaiter().GetResult();
    }

    public override void Dispose()
    {
        _api?.Dispose();
        _window.Dispose();
        base.Dispose();
    }

    private void WaitUntilItWrites()
    {
        for (var attempt = 0; ; attempt++, Thread.Sleep(100))
        {
            try
            {
                _api!.PutAsync("warm", "up"u8.ToArray()).GetAwaiter().GetResult();
                return;
            }
            catch (Exception exception) when (attempt < 100 && exception is IOException or HttpRequestException)
            {
                // it has no leader yet
            }
        }
    }

    private async Task PublishAsync(byte[] value, string key)
    {
        try
        {
            await _api!.PutAsync(key, value);
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException or OperationCanceledException)
        {
            PublishFailed(exception.Message);
        }
        finally
        {
            _window.Release();
        }
    }
}
