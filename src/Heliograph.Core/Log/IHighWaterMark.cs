// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Core.Log;

/// <summary>The furthest tip of the log that this origin ever signed for, kept apart from the log itself.</summary>
/// <remarks>
/// It is what shows that a log has lost its end: a restored backup, a cut write-ahead log, a cloned disk. Advanced after an
/// append is durable and before a head of that revision is signed, so no head ever speaks of more than the mark. Thread-safe.
/// </remarks>
public interface IHighWaterMark
{
    /// <summary>The mark; <see cref="LogTip.Empty"/> if there was never one.</summary>
    /// <exception cref="InvalidDataException">What is stored is damaged: what was signed before cannot be told, so nothing may be signed now.</exception>
    /// <exception cref="IOException">It cannot be read, or is that of another log.</exception>
    ValueTask<LogTip> ReadAsync(CancellationToken cancellationToken);

    /// <summary>Raises the mark durably. A tip that is not after the mark changes nothing: it never falls.</summary>
    /// <exception cref="IOException">It may not be durable. The origin then ends: a head must not be signed.</exception>
    ValueTask AdvanceAsync(LogTip tip, CancellationToken cancellationToken);
}
