// SPDX-License-Identifier: Apache-2.0
using System.Text;
using Heliograph.Replication.Ports;

namespace Heliograph.Hosting.Tests;

public static class ConnectionReading
{
    /// <summary>Reads exactly so many bytes.</summary>
    public static async Task<byte[]> ReadExactlyAsync(this IConnection connection, int count)
    {
        var bytes = new byte[count];
        for (var read = 0; read < count;)
        {
            var some = await connection.ReadAsync(bytes.AsMemory(read), TestContext.Current.CancellationToken);
            if (some == 0) throw new EndOfStreamException($"The stream ended after {read} of {count} bytes.");
            read += some;
        }
        return bytes;
    }

    public static async Task<string> ReadTextAsync(this IConnection connection, int count) => Encoding.UTF8.GetString(await connection.ReadExactlyAsync(count));

    public static ValueTask WriteTextAsync(this IConnection connection, string text) => connection.WriteAsync(Encoding.UTF8.GetBytes(text), TestContext.Current.CancellationToken);

    /// <summary>Whether the other side has closed or reset the connection.</summary>
    public static async Task<bool> IsClosedAsync(this IConnection connection)
    {
        try
        {
            return await connection.ReadAsync(new byte[1], TestContext.Current.CancellationToken) == 0;
        }
        catch (IOException)
        {
            return true;
        }
    }
}
