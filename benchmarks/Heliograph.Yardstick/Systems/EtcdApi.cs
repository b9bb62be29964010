// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Heliograph.Yardstick.Systems;

/// <summary>The two calls of etcd that an author makes, over gRPC, written by hand.</summary>
internal sealed class EtcdApi(Uri address) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { EnableMultipleHttp2Connections = false })
    {
        DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact, BaseAddress = address, Timeout = TimeSpan.FromSeconds(20),
    };

    /// <summary>Puts one value; completes when it is durable.</summary>
    public Task PutAsync(string key, ReadOnlyMemory<byte> value) => CallAsync("Put", PutRequest(key, value.Span));

    /// <summary>Puts many values in one transaction: at most 128, etcd's default.</summary>
    public Task PutManyAsync(IEnumerable<(string Key, byte[] Value)> values) => CallAsync("Txn", TransactionOf(values));

    public void Dispose() => _http.Dispose();

    /// <summary>TxnRequest { success { request_put … } }.</summary>
    internal static byte[] TransactionOf(IEnumerable<(string Key, byte[] Value)> values)
    {
        using var transaction = new MemoryStream();
        foreach (var (key, value) in values)
        {
            var request = Field(2, PutRequest(key, value)); // RequestOp { request_put }
            transaction.Write(Field(2, request)); // TxnRequest { success }
        }
        return transaction.ToArray();
    }

    /// <summary>PutRequest { key, value }.</summary>
    internal static byte[] PutRequest(string key, ReadOnlySpan<byte> value) => [.. Field(1, Encoding.ASCII.GetBytes(key)), .. Field(2, value)];

    private static byte[] Field(int number, ReadOnlySpan<byte> bytes)
    {
        var field = new List<byte>(bytes.Length + 6) { (byte)(number << 3 | 2) };
        for (var length = bytes.Length; ; length >>= 7)
        {
            field.Add((byte)(length < 128 ? length : length & 127 | 128));
            if (length < 128) break;
        }
        field.AddRange(bytes);
        return [.. field];
    }

    private async Task CallAsync(string method, byte[] message)
    {
        var body = new byte[5 + message.Length];
        BinaryPrimitives.WriteInt32BigEndian(body.AsSpan(1), message.Length);
        message.CopyTo(body, 5);
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/etcdserverpb.KV/{method}") { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact, Content = content };
        request.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        using var response = await _http.SendAsync(request);
        await response.Content.ReadAsByteArrayAsync();
        var status = response.TrailingHeaders.TryGetValues("grpc-status", out var values) || response.Headers.TryGetValues("grpc-status", out values) ? values.First() : "none";
        if (status != "0") throw new IOException($"etcd answered {method} with grpc-status {status}.");
    }
}
