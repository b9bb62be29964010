// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Heads;

namespace Heliograph.Replication.Entries;

/// <summary>A tier that has the log itself, entry by entry: an origin, or an archive relay.</summary>
public interface IEntrySource
{
    /// <summary>The newest signed head; <see langword="null"/> if there is none, as at an origin whose log is behind what was signed before. Thread-safe.</summary>
    SignedHead? NewestHead { get; }

    /// <summary>Bytes of consecutive entries, verbatim.</summary>
    /// <param name="after">Those with a greater sequence.</param>
    /// <param name="upTo">None with a greater sequence than this.</param>
    /// <param name="bytesMax">Stop before this many bytes; at least one entry comes all the same, if there is one.</param>
    /// <param name="cancellationToken">Stops the read.</param>
    /// <exception cref="IOException">They cannot be read now.</exception>
    ValueTask<IReadOnlyList<ReadOnlyMemory<byte>>> ReadAsync(long after, long upTo, long bytesMax, CancellationToken cancellationToken);
}
