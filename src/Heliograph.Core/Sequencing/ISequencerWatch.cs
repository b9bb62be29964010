// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Log;

namespace Heliograph.Core.Sequencing;

/// <summary>Hears what becomes of submissions and appends, for whoever counts and traces. It must be quick, must not throw, and changes nothing.</summary>
public interface ISequencerWatch
{
    /// <summary>An author was answered. Called on the author's own thread of control, on any thread.</summary>
    /// <param name="submission">What was asked.</param>
    /// <param name="result">What it came to.</param>
    /// <param name="elapsed">From the call to the answer.</param>
    void Submitted(Submission submission, SubmitResult result, TimeSpan elapsed);

    /// <summary>An author was sent away before what they asked was read. Called on any thread.</summary>
    /// <param name="result">What they were answered.</param>
    void Shed(SubmitResult.Overloaded result);

    /// <summary>The store answered an append. Called in the sequencer's loop, before anything is published.</summary>
    /// <param name="entries">What was to be appended, in order; at least one.</param>
    /// <param name="answer">What it came to.</param>
    /// <param name="elapsed">With all tries, if the first one's outcome was unknown.</param>
    void Appended(IReadOnlyList<LogEntry> entries, AppendAnswer answer, TimeSpan elapsed);
}
