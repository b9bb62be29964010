// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Log;
using Heliograph.Core.Merkle;
using Heliograph.Core.State;

namespace Heliograph.Core.Sequencing;

/// <summary>A batch on its way into the log: what was decided for each submission, on a draft with those before it applied.</summary>
internal sealed class BatchPlan(RealmState basis)
{
    private readonly HashSet<string> _requestIds = new(StringComparer.Ordinal);
    private readonly List<Step> _steps = [];

    /// <summary>The state that was decided on; the entries follow its tip.</summary>
    public RealmState Basis { get; } = basis;

    /// <summary>The state with everything planned applied.</summary>
    public RealmDraft Draft { get; } = new(basis);

    /// <summary>The entries, chained.</summary>
    public List<LogEntry> Entries { get; } = [];

    /// <summary>Bytes of the entries.</summary>
    public long Bytes { get; private set; }

    /// <summary>Submissions whose turn comes after this batch.</summary>
    public List<Pending> Later { get; } = [];

    /// <summary>What was decided, in order. Steps without an entry are refusals that rest on entries planned before them.</summary>
    public IReadOnlyList<Step> Steps => _steps;

    /// <summary>The submissions that are not answered yet, in order; a list of its own each time.</summary>
    public List<Pending> Open => [.. _steps.Select(step => step.Pending)];

    /// <summary>Whether another submission of the batch has this request id: its outcome decides.</summary>
    public bool Holds(string requestId) => _requestIds.Contains(requestId);

    /// <summary>Plans an entry.</summary>
    public void Add(Pending pending, LogEntry entry)
    {
        var name = pending.Prepared.Submission.Namespace;
        var before = Draft.Find(name)?.Records ?? MerkleMap.Empty;
        Draft.Apply(entry);
        var after = Draft.Find(name)?.Records ?? MerkleMap.Empty;
        _steps.Add(new(pending, entry, before, after, new SubmitResult.Committed(entry, before, after)));
        _requestIds.Add(pending.RequestId);
        Entries.Add(entry);
        Bytes += entry.Bytes.Length;
    }

    /// <summary>Plans a refusal that is true only if the entries before it become durable.</summary>
    public void Add(Pending pending, SubmitResult refusal) => _steps.Add(new(pending, null, MerkleMap.Empty, MerkleMap.Empty, refusal));

    /// <summary>Everything is durable: tells the authors.</summary>
    public void Answer()
    {
        foreach (var step in _steps) step.Pending.Complete(step.Result);
    }

    /// <summary>One submission of the batch.</summary>
    internal sealed record Step(Pending Pending, LogEntry? Entry, MerkleMap Before, MerkleMap After, SubmitResult Result);
}
