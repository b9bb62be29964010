// SPDX-License-Identifier: Apache-2.0
using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;

namespace Heliograph.EndToEnd;

/// <summary>What an OpenTelemetry collector would be sent, kept as bytes. Text stands in protobuf as it is, so it can be looked for.</summary>
internal sealed class OtlpSink : IAsyncDisposable
{
    private readonly HttpListener _web = new();
    private readonly ConcurrentQueue<(string Path, byte[] Body)> _received = [];
    private readonly Task _receiving;

    public OtlpSink()
    {
        Address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{RealFleet.FreePorts(1)[0]}/"));
        _web.Prefixes.Add(Address.ToString());
        _web.Start();
        _receiving = ReceiveAsync();
    }

    public Uri Address { get; }

    /// <summary>Whether one message to a path holds all of these bytes.</summary>
    public bool Holds(string path, params byte[][] parts) => _received.Any(message => message.Path == path && parts.All(part => message.Body.AsSpan().IndexOf(part) >= 0));

    /// <summary>Whether one message to a path holds all of these texts.</summary>
    public bool Holds(string path, params string[] parts) => Holds(path, [.. parts.Select(Encoding.UTF8.GetBytes)]);

    /// <summary>How many messages came to each path.</summary>
    public override string ToString() => string.Join(", ", _received.GroupBy(message => message.Path).Select(group => $"{group.Key}: {group.Count()}"));

    private async Task ReceiveAsync()
    {
        while (_web.IsListening)
        {
            try
            {
                var request = await _web.GetContextAsync();
                using var body = new MemoryStream();
                await request.Request.InputStream.CopyToAsync(body);
                _received.Enqueue((request.Request.Url!.AbsolutePath, body.ToArray()));
                request.Response.ContentType = "application/x-protobuf";
                request.Response.Close();
            }
            catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException)
            {
                return; // it was closed
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        _web.Close();
        await _receiving;
    }
}
