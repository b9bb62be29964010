// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Simulation.Checkers;

/// <summary>What kind of call it was.</summary>
public enum CallKind
{
    /// <summary>A change.</summary>
    Write,

    /// <summary>A read that must see whatever was acknowledged anywhere before it.</summary>
    LinearizableRead,

    /// <summary>A read that must see at least a revision.</summary>
    MinRevisionRead,

    /// <summary>A read of what the origin has.</summary>
    PlainRead,
}

/// <summary>A call that was answered, or of a write that none knows what came of it. Repeats of a write under one request id are one call.</summary>
/// <param name="Kind">What was asked.</param>
/// <param name="Id">The request id of a write; for a read, a name for messages.</param>
/// <param name="InvokedAt">When it was first asked.</param>
/// <param name="ReturnedAt">When the answer came; <see cref="long.MaxValue"/>: never.</param>
/// <param name="Sequence">The revision that the answer carried; 0 where none came.</param>
/// <param name="Key">What was read, or written: <c>scope/name</c>.</param>
/// <param name="Value">What the answer held; <see langword="null"/>: nothing was there.</param>
public sealed record Call(CallKind Kind, string Id, long InvokedAt, long ReturnedAt, long Sequence, string Key, string? Value)
{
    /// <summary>What a read by revision asked for at least.</summary>
    public long Least { get; init; }

    /// <summary>The sequence at which a conditional write expected its scope to have been changed last; <see langword="null"/>: it had no condition.</summary>
    public long? Expected { get; init; }
}

/// <summary>An entry of the log in the end, as far as calls are compared with it. Sequences are dense from 1.</summary>
/// <param name="RequestId">Whose it is.</param>
/// <param name="Key">What it wrote, <c>scope/name</c>; empty: nothing that calls speak of.</param>
/// <param name="Value">The value.</param>
public readonly record struct Written(string RequestId, string Key, string Value);

/// <summary>I9: writes and linearizable reads form one order that respects real time; no read is of the future, or holds what was never there together.</summary>
/// <remarks>
/// Whether a history is linearizable is a hard question in general. Here every answer carries its revision, so the order is told, not searched: it is
/// compared with real time by sorting, O(n log n). A write whose outcome nobody knows may be in the log or not.
/// </remarks>
public static class ControlPlane
{
    /// <summary>Judges a history.</summary>
    /// <exception cref="ViolationException">Says which call cannot be.</exception>
    public static void Verify(IReadOnlyList<Call> calls, IReadOnlyList<Written> log)
    {
        var versions = VersionsOf(log);
        foreach (var call in calls.Where(call => call.ReturnedAt != long.MaxValue))
        {
            if (call.Kind == CallKind.Write) RequireThere(call, log, versions);
            else RequireTrue(call, log, versions);
        }
        RequireOrder([.. calls.Where(call => call.ReturnedAt != long.MaxValue && call.Kind is CallKind.Write or CallKind.LinearizableRead)]);
        RequireNotOfTheFuture(calls, log);
    }

    private static Dictionary<string, List<long>> VersionsOf(IReadOnlyList<Written> log)
    {
        var versions = new Dictionary<string, List<long>>(StringComparer.Ordinal);
        for (var i = 0; i < log.Count; i++)
        {
            if (log[i].Key.Length == 0) continue;
            if (!versions.TryGetValue(log[i].Key, out var ofKey)) versions[log[i].Key] = ofKey = [];
            ofKey.Add(i + 1);
            if (log[i].Key.IndexOf('/') is not (>= 0 and var scope)) continue;
            if (!versions.TryGetValue(log[i].Key[..scope], out var ofScope)) versions[log[i].Key[..scope]] = ofScope = [];
            ofScope.Add(i + 1);
        }
        return versions;
    }

    private static void RequireThere(Call call, IReadOnlyList<Written> log, Dictionary<string, List<long>> versions)
    {
        if (call.Sequence < 1 || call.Sequence > log.Count || log[(int)call.Sequence - 1].RequestId != call.Id) throw Broken($"{call.Id} was acknowledged at {call.Sequence}, where the log has something else.");
        var scope = call.Key.Split('/')[0];
        if (call.Expected is { } expected && NewestOf(versions, scope, call.Sequence - 1) is var stood && stood != expected) throw Broken($"{call.Id} was to be written if {scope} stood at {expected}; it stood at {stood}.");
    }

    private static void RequireTrue(Call call, IReadOnlyList<Written> log, Dictionary<string, List<long>> versions)
    {
        if (call.Sequence > log.Count) throw Broken($"{call.Id} read at {call.Sequence}; the log ends at {log.Count}.");
        if (call.Kind == CallKind.MinRevisionRead && call.Sequence < call.Least) throw Broken($"{call.Id} asked for {call.Least} at least, and was given {call.Sequence}.");
        var at = NewestOf(versions, call.Key, call.Sequence);
        var value = at == 0 ? null : log[(int)at - 1].Value;
        if (value != call.Value) throw Broken($"{call.Id} read '{call.Value}' of {call.Key} at {call.Sequence}, where it is '{value}'.");
    }

    /// <summary>What returned before another began has the lower revision; before a write, strictly.</summary>
    private static void RequireOrder(Call[] calls)
    {
        var byReturn = calls.OrderBy(call => call.ReturnedAt).ToArray();
        var (returned, newest) = (0, (Call?)null);
        foreach (var call in calls.OrderBy(call => call.InvokedAt))
        {
            for (; returned < byReturn.Length && byReturn[returned].ReturnedAt < call.InvokedAt; returned++)
                if (newest is null || byReturn[returned].Sequence > newest.Sequence) newest = byReturn[returned];
            if (newest is not null && (call.Sequence < newest.Sequence || (call.Kind == CallKind.Write && call.Sequence == newest.Sequence)))
                throw Broken($"{newest.Id} was answered with {newest.Sequence} before {call.Id} began, which was answered with {call.Sequence}.");
        }
    }

    /// <summary>No answer speaks of an entry that nobody had asked for yet.</summary>
    private static void RequireNotOfTheFuture(IReadOnlyList<Call> calls, IReadOnlyList<Written> log)
    {
        var began = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var call in calls.Where(call => call.Kind == CallKind.Write)) began[call.Id] = call.InvokedAt;
        var latest = new long[log.Count + 1]; // when the last of the entries up to a sequence was first asked for
        for (var i = 0; i < log.Count; i++) latest[i + 1] = Math.Max(latest[i], began.GetValueOrDefault(log[i].RequestId));
        foreach (var call in calls)
            if (call.ReturnedAt != long.MaxValue && latest[Math.Min(call.Sequence, log.Count)] > call.ReturnedAt) throw Broken($"{call.Id} was answered with {call.Sequence} before that was asked for.");
    }

    /// <summary>The newest sequence at or before another that wrote a key; 0 for none.</summary>
    private static long NewestOf(Dictionary<string, List<long>> versions, string key, long atMost)
    {
        if (!versions.TryGetValue(key, out var ofKey)) return 0;
        var at = ofKey.BinarySearch(atMost);
        return at >= 0 ? ofKey[at] : ~at == 0 ? 0 : ofKey[~at - 1];
    }

    private static ViolationException Broken(string what) => new("I9", what);
}
