// SPDX-License-Identifier: Apache-2.0
using System.Text;
using Heliograph.Replication.Ports;

namespace Heliograph.Platform;

/// <summary>Makes identifiers that nobody else makes.</summary>
/// <param name="time">Gives the part that orders them.</param>
public sealed class SystemIds(TimeProvider time)
{
    private const int IdCharsMax = 128;

    /// <summary>A request id: 32 hexadecimal digits, ordered by time (UUID version 7).</summary>
    public string NewRequestId() => Guid.CreateVersion7(time.GetUtcNow()).ToString("N");

    /// <summary>An instance id: a readable prefix (a host, a service) and 16 hexadecimal digits that make it unique in the fleet.</summary>
    /// <param name="prefix">1 to 100 printable ASCII characters without spaces.</param>
    public static string NewInstanceId(string prefix) => IsId(prefix) && prefix.Length <= 100
        ? $"{prefix}-{Guid.NewGuid().ToString("N")[..16]}"
        : throw new ArgumentException("The prefix of an instance id is 1 to 100 printable ASCII characters without spaces.", nameof(prefix));

    /// <summary>The instance id kept in a file, so that a process slot has the same one over restarts; a new one if there is none or it is damaged.</summary>
    /// <exception cref="FileStoreException">The file could not be read or written.</exception>
    public static async ValueTask<string> LoadOrCreateInstanceIdAsync(IFileStore store, string path, string prefix, CancellationToken cancellationToken)
    {
        using (var content = await store.OpenAsync(path, cancellationToken))
            if (content is { Bytes.Length: > 0 and <= IdCharsMax } && Encoding.Latin1.GetString(content.Bytes.Span) is var kept && IsId(kept))
                return kept;
        var id = NewInstanceId(prefix);
        var temporary = path + ".tmp";
        await store.WriteAsync(temporary, [Encoding.ASCII.GetBytes(id)], cancellationToken);
        await store.FlushAsync(temporary, cancellationToken);
        await store.RenameAsync(temporary, path, cancellationToken);
        await store.FlushDirectoryAsync(path.LastIndexOf('/') is var slash and > 0 ? path[..slash] : "", cancellationToken);
        return id;
    }

    private static bool IsId(string text) => text.Length is > 0 and <= IdCharsMax && text.All(c => c is > ' ' and <= '~');
}
