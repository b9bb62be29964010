// SPDX-License-Identifier: Apache-2.0
using Heliograph.Chaos.Checker.Histories;
using Heliograph.Chaos.Checker.Stores;

namespace Heliograph.Chaos.Checker.Invariants;

/// <summary>All that was recorded of one campaign.</summary>
public sealed class Evidence
{
    private Dictionary<string, RawEntry>? _byRequest;

    /// <param name="history">What clients did and saw, and what was done to them.</param>
    /// <param name="journals">What applications ran with, client by client in the order of their lines.</param>
    /// <param name="log">The raw store in the end.</param>
    /// <param name="copies">Other copies of the store: of disks whose power was cut, of other members.</param>
    public Evidence(IReadOnlyList<HistoryLine> history, IReadOnlyList<ClientLine> journals, RawLog log, IReadOnlyList<RawLog> copies)
    {
        (History, Journals, Log, Copies) = (history, journals, log, copies);
        Operations = [.. history.OfType<Operation>()];
        Namespaces = new(log);
        Requests = [.. Operations.Where(operation => operation is { Kind: OperationKind.Write, RequestId: not null }).GroupBy(operation => operation.RequestId!, StringComparer.Ordinal).Select(attempts => new Request(attempts.Key, [.. attempts]))];
    }

    public IReadOnlyList<HistoryLine> History { get; }

    public IReadOnlyList<ClientLine> Journals { get; }

    public RawLog Log { get; }

    public IReadOnlyList<RawLog> Copies { get; }

    public IReadOnlyList<Operation> Operations { get; }

    public NamespaceHistory Namespaces { get; }

    /// <summary>Writes, all attempts of one together.</summary>
    public IReadOnlyList<Request> Requests { get; }

    /// <summary>The entry of a request, by what stands in the entry itself; the first, if there are several.</summary>
    public RawEntry? EntryOf(string requestId)
    {
        if (_byRequest is null)
        {
            _byRequest = new(StringComparer.Ordinal);
            foreach (var entry in Log.Entries) _byRequest.TryAdd(entry.RequestId, entry);
        }
        return _byRequest.GetValueOrDefault(requestId);
    }
}

/// <summary>A write and every attempt at it.</summary>
public sealed record Request(string Id, IReadOnlyList<Operation> Attempts)
{
    public long Start { get; } = Attempts.Min(attempt => attempt.Start);

    /// <summary>When its author knew; <see langword="null"/> if it never did.</summary>
    public long? Known { get; } = Attempts.Where(attempt => attempt.Outcome == Outcome.Ok).Select(attempt => (long?)attempt.End).Min();

    public IEnumerable<Operation> Acknowledged => Attempts.Where(attempt => attempt.Outcome == Outcome.Ok);
}
