// SPDX-License-Identifier: Apache-2.0
using Heliograph.Chaos.Checker.Histories;

namespace Heliograph.Chaos.Checker.Invariants;

/// <summary>I1: what was acknowledged is in the log, at the revision and with the content that the answer gave.</summary>
public sealed class AcknowledgedChanges : IInvariant
{
    public string Id => "I1";

    public IEnumerable<string> Check(Evidence evidence)
    {
        foreach (var request in evidence.Requests)
            foreach (var acknowledged in request.Acknowledged)
            {
                if (evidence.EntryOf(request.Id) is not { } entry) yield return $"{request.Id} was acknowledged at {acknowledged.Revision} and is not in the log.";
                else if (entry.Revision != acknowledged.Revision) yield return $"{request.Id} was acknowledged at {acknowledged.Revision} and is in the log at {entry.Revision}.";
                else if (entry.Namespace != acknowledged.Namespace) yield return $"{request.Id} was acknowledged in {acknowledged.Namespace} and is in the log in {entry.Namespace}.";
                else if (acknowledged.StateRoot is { } root && !root.Equals(evidence.Namespaces.At(entry.Namespace, entry.Revision)?.StateRoot, StringComparison.OrdinalIgnoreCase)) yield return $"{request.Id} was acknowledged with another content than the log has at {entry.Revision}.";
            }
    }

    internal static bool IsLost(Request request, Evidence evidence) => request.Acknowledged.Any(acknowledged => evidence.EntryOf(request.Id)?.Revision != acknowledged.Revision);
}
