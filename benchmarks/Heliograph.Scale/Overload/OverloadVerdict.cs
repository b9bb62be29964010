// SPDX-License-Identifier: Apache-2.0
using Heliograph.Chaos.Checker.Stores;

namespace Heliograph.Scale.Overload;

/// <summary>What authors were told, held against the raw log.</summary>
/// <param name="Asked">Requests.</param>
/// <param name="Acknowledged">Answered with 200.</param>
/// <param name="Shed">Answered with 429 or 503.</param>
/// <param name="Unknown">Connections that broke and 504: nobody was told.</param>
/// <param name="Faults">What breaks a promise, the first of them.</param>
internal sealed record OverloadVerdict(int Asked, int Acknowledged, int Shed, int Unknown, IReadOnlyList<string> Faults)
{
    private const int FaultsMax = 20;

    /// <summary>Judges.</summary>
    /// <param name="attempts">Every request of every author.</param>
    /// <param name="log">The log of the stopped origin.</param>
    public static OverloadVerdict Of(IReadOnlyCollection<Attempt> attempts, RawLog log)
    {
        var faults = new List<string>();
        var acknowledged = attempts.Where(attempt => attempt.IsAccepted).Select(attempt => attempt.RequestId).ToHashSet(StringComparer.Ordinal);
        var unknown = attempts.Where(attempt => attempt.Status is 0 or 504).Select(attempt => attempt.RequestId).ToHashSet(StringComparer.Ordinal);
        foreach (var attempt in attempts)
        {
            var at = log.Requests.GetValueOrDefault(attempt.RequestId);
            if (attempt.IsAccepted && at != attempt.Sequence) faults.Add($"{attempt.RequestId} was acknowledged at {attempt.Sequence} and is {(at == 0 ? "not in the log" : $"at {at}")}");
            else if (attempt.IsShed && at != 0 && !acknowledged.Contains(attempt.RequestId) && !unknown.Contains(attempt.RequestId)) faults.Add($"{attempt.RequestId} was refused with {attempt.Status} and is in the log at {at}");
            if (attempt.IsShed && attempt.RetryAfter < 1) faults.Add($"{attempt.RequestId} was refused with {attempt.Status} without a Retry-After of a second or more");
            if (!attempt.IsAccepted && !attempt.IsShed && attempt.Status is not (0 or 504)) faults.Add($"{attempt.RequestId} was answered with {attempt.Status}");
        }
        if (log.Entries.Count != log.Requests.Count) faults.Add($"the log has {log.Entries.Count} entries of {log.Requests.Count} requests");
        var told = attempts.Select(attempt => attempt.RequestId).ToHashSet(StringComparer.Ordinal);
        if (log.Entries.Count(entry => entry.Namespace.StartsWith("load.", StringComparison.Ordinal) && entry.Changes.Count > 0 && !told.Contains(entry.RequestId)) is var foreign and > 0) faults.Add($"{foreign} entries are in the log that nobody asked for");
        return new(attempts.Count, acknowledged.Count, attempts.Count(attempt => attempt.IsShed), unknown.Count, [.. faults.Take(FaultsMax)]);
    }
}
