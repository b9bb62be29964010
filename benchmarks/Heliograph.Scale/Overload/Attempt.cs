// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Scale.Overload;

/// <summary>One request of an author, and what was answered.</summary>
/// <param name="RequestId">Its idempotency key.</param>
/// <param name="Due">When it was to be asked, in seconds of the run: what makes it late counts, too.</param>
/// <param name="End">When the answer was there.</param>
/// <param name="Status">The answer's status; 0 if the connection broke.</param>
/// <param name="RetryAfter">Seconds after which it may be asked again; -1 if the answer does not say.</param>
/// <param name="Sequence">The revision's sequence, of an acknowledged change; else 0.</param>
internal readonly record struct Attempt(string RequestId, double Due, double End, int Status, int RetryAfter, long Sequence)
{
    public bool IsAccepted => Status == 200;

    /// <summary>Sent away for now: by contract nothing was written.</summary>
    public bool IsShed => Status is 429 or 503;

    public double Milliseconds => (End - Due) * 1_000;
}
