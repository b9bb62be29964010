// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core;
using Heliograph.Core.LastKnownGood;
using Heliograph.Replication.Ports;

namespace Heliograph.Replication.SnapshotFiles;

/// <summary>The steps that make a file durable, in the order that a crash between any two leaves the old file or the new, whole.</summary>
internal static class DurableFiles
{
    /// <summary>A path in a directory; <c>""</c> is the root.</summary>
    public static string Join(string directory, string name) => directory.Length == 0 ? name : $"{directory}/{name}";

    /// <summary>Gives a name new content: written beside it, flushed, renamed over it. The name is durable after <see cref="FlushNamesAsync"/>.</summary>
    public static async ValueTask ReplaceAsync(this IFileStore files, string path, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        var temporary = path + GenerationRetention.TemporarySuffix;
        await files.WriteAsync(temporary, [bytes], cancellationToken);
        await files.FlushAsync(temporary, cancellationToken);
        await files.RenameAsync(temporary, path, cancellationToken);
    }

    /// <summary>Makes the names in a directory durable: without it a power cut may bring back the file that a rename has replaced.</summary>
    public static ValueTask FlushNamesAsync(this IFileStore files, string directory, CancellationToken cancellationToken) =>
        Planted.NoDirectoryFlush ? default : files.FlushDirectoryAsync(directory, cancellationToken);

    /// <summary>Creates a directory and makes its name, and those above it, durable.</summary>
    public static async ValueTask CreateDurablyAsync(this IFileStore files, string directory, CancellationToken cancellationToken)
    {
        await files.CreateDirectoryAsync(directory, cancellationToken);
        for (var path = directory; path.Length > 0;)
        {
            path = path[..Math.Max(0, path.LastIndexOf('/'))];
            await files.FlushNamesAsync(path, cancellationToken);
        }
    }
}
