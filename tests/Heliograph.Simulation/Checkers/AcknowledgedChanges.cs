// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Log;

namespace Heliograph.Simulation.Checkers;

/// <summary>I1: an acknowledged change is never lost. The journal of acknowledgements is kept outside every simulated disk.</summary>
public sealed class AcknowledgedChanges
{
    private readonly SortedDictionary<long, (string RequestId, Hash256 Hash)> _acknowledged = [];
    private readonly HashSet<string> _issued = new(StringComparer.Ordinal), _doubtful = new(StringComparer.Ordinal), _refused = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _requests = new(StringComparer.Ordinal);

    /// <summary>How many were acknowledged.</summary>
    public int Count => _acknowledged.Count;

    /// <summary>An author asks for the first time.</summary>
    public void Issued(string requestId) => _issued.Add(requestId);

    /// <summary>An author did not learn what came of a request.</summary>
    public void MayBeWritten(string requestId) => _doubtful.Add(requestId);

    /// <summary>An author was told that nothing was written, and has given up.</summary>
    public void Refused(string requestId) => _refused.Add(requestId);

    /// <summary>An author was told that a change is in the log.</summary>
    public void Acknowledged(string requestId, Revision revision, Hash256 hash)
    {
        if (_requests.TryGetValue(requestId, out var before) && before != revision.Sequence)
            throw new ViolationException("I8", $"request {requestId} was acknowledged at {before} and again at {revision.Sequence}.");
        if (_acknowledged.TryGetValue(revision.Sequence, out var other) && other != (requestId, hash))
            throw new ViolationException("I1", $"sequence {revision.Sequence} was acknowledged for {other.RequestId} and for {requestId}.");
        (_requests[requestId], _acknowledged[revision.Sequence]) = (revision.Sequence, (requestId, hash));
    }

    /// <summary>Everything acknowledged is in the log, where it was said to be and as it was; and no request is in it twice.</summary>
    public void Verify(IReadOnlyList<LogEntry> log)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var id in log.Select(entry => entry.Content.RequestId))
        {
            if (!seen.Add(id)) throw new ViolationException("I8", $"request {id} is in the log twice.");
            if (!_issued.Contains(id) && !id.StartsWith("heliograph:", StringComparison.Ordinal)) throw new ViolationException("I8", $"request {id} is in the log, and no author made it.");
            if (_refused.Contains(id) && !_doubtful.Contains(id)) throw new ViolationException("I8", $"request {id} is in the log, though its author was told that nothing was written.");
        }
        foreach (var (sequence, (requestId, hash)) in _acknowledged)
        {
            var entry = sequence <= log.Count ? log[(int)sequence - 1] : throw new ViolationException("I1", $"request {requestId} was acknowledged at {sequence}; the log ends at {log.Count}.");
            if (entry.Content.RequestId != requestId || entry.Hash != hash)
                throw new ViolationException("I1", $"request {requestId} was acknowledged at {sequence}; there is {entry.Content.RequestId} now.");
        }
    }
}
