// SPDX-License-Identifier: Apache-2.0
using System.Text.Json.Serialization;

namespace Heliograph.Chaos.Checker.Histories;

/// <summary>One line of a recorded history. Times named <c>Start</c>, <c>End</c>, <c>At</c>, <c>From</c>, <c>To</c> are nanoseconds of one monotonic clock, that of whoever recorded.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "line")]
[JsonDerivedType(typeof(Operation), "operation")]
[JsonDerivedType(typeof(Mark), "mark")]
[JsonDerivedType(typeof(Strike), "strike")]
[JsonDerivedType(typeof(Cut), "cut")]
[JsonDerivedType(typeof(Freshness), "freshness")]
[JsonDerivedType(typeof(Term), "term")]
[JsonDerivedType(typeof(Follower), "follower")]
public abstract record HistoryLine;

/// <summary>What was asked.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<OperationKind>))]
public enum OperationKind
{
    /// <summary>A changeset.</summary>
    Write,

    /// <summary>All settings of a namespace.</summary>
    Read,
}

/// <summary>What was answered.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Outcome>))]
public enum Outcome
{
    /// <summary>It was done.</summary>
    Ok,

    /// <summary>It was certainly not done.</summary>
    Refused,

    /// <summary>Nobody knows: it may have been done, or not, or be done yet.</summary>
    Ambiguous,
}

/// <summary>What a read was promised.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Consistency>))]
public enum Consistency
{
    /// <summary>Whatever the origin holds.</summary>
    Local,

    /// <summary>At least a revision.</summary>
    AtLeast,

    /// <summary>Everything that was acknowledged before.</summary>
    Linearizable,
}

/// <summary>One attempt of a client: attempts with the same request id are one request.</summary>
public sealed record Operation : HistoryLine
{
    public required string Process { get; init; }

    public required OperationKind Kind { get; init; }

    public required string Namespace { get; init; }

    public required long Start { get; init; }

    public required long End { get; init; }

    public required Outcome Outcome { get; init; }

    /// <summary>Of a write: names the request.</summary>
    public string? RequestId { get; init; }

    /// <summary>Of a write that was done: its entry. Of a read: the revision of the log that it was read at.</summary>
    public Position? Revision { get; init; }

    /// <summary>Root over the namespace as the answer gives it, hexadecimal.</summary>
    public string? StateRoot { get; init; }

    /// <summary>Of a write: the namespace's revision without which it must not be done.</summary>
    public Position? Expected { get; init; }

    /// <summary>Of a read.</summary>
    public Consistency Consistency { get; init; }

    /// <summary>Of a read with <see cref="Consistency.AtLeast"/>.</summary>
    public Position? AtLeast { get; init; }

    /// <summary>Of a write: the origin that was asked and may not pass it on.</summary>
    public string? Alone { get; init; }

    /// <summary>Of a read that was done: every key and value. Keys that agree up to their last slash are written together, with one value.</summary>
    public IReadOnlyDictionary<string, string>? Values { get; init; }
}

/// <summary>Something that happened once: <c>healed</c> is when nothing was wrong any more and nobody wrote any more.</summary>
/// <param name="Name">What.</param>
/// <param name="At">When, on the monotonic clock.</param>
/// <param name="UnixMs">When, as journals write it.</param>
public sealed record Mark(string Name, long At, long UnixMs) : HistoryLine
{
    public const string Healed = "healed";
}

/// <summary>A fault, for whoever reads along.</summary>
public sealed record Strike(string Fault, string Target, long From, long To) : HistoryLine;

/// <summary>A replica was cut off from everything above it.</summary>
/// <param name="Process">Which.</param>
/// <param name="From">Since when certainly.</param>
/// <param name="To">Until when certainly.</param>
/// <param name="StaleAfterMs">After how long without news it must say so.</param>
public sealed record Cut(string Process, long From, long To, long StaleAfterMs) : HistoryLine;

/// <summary>What a replica said of itself.</summary>
public sealed record Freshness(string Process, long At, bool Stale) : HistoryLine;

/// <summary>Who had the right to append, as the store says: terms in the order in which the store gave them.</summary>
public sealed record Term(long Token, string Node) : HistoryLine;

/// <summary>A client that must be level in the end.</summary>
public sealed record Follower(string Process, IReadOnlyList<string> Namespaces) : HistoryLine;
