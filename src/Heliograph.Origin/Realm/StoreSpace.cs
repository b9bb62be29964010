// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Sequencing;

namespace Heliograph.Origin.Realm;

/// <summary>Whether the log's disk was full when a change was last tried.</summary>
/// <remarks>Thread-safe. Only a change finds out, so the last answer is believed for a while and no longer: an origin that nobody sends changes any more must not stay unready for ever.</remarks>
internal sealed class StoreSpace(TimeProvider time)
{
    /// <summary>How long a full disk is believed to be full.</summary>
    public static readonly TimeSpan BelievedFor = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private long? _fullSince;

    /// <summary>Whether it is believed to be full.</summary>
    public bool IsFull
    {
        get
        {
            lock (_gate) return _fullSince is { } since && time.GetElapsedTime(since) < BelievedFor;
        }
    }

    /// <summary>Takes note of what became of a change.</summary>
    public void Note(SubmitResult result)
    {
        if (result is not (SubmitResult.StoreFull or SubmitResult.Committed)) return; // the others say nothing of the disk
        lock (_gate) _fullSince = result is SubmitResult.StoreFull ? time.GetTimestamp() : null;
    }
}
