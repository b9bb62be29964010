// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Heads;
using Heliograph.Core.Log;
using Heliograph.Core.LogFiles;
using Heliograph.Core.State;

namespace Heliograph.Origin.Recovery;

/// <summary>Applies a log from its first entry to what a head says of it: the proof that a copy is the realm and not only bytes in a row.</summary>
/// <remarks>Not thread-safe. It holds the realm's state, as an origin does.</remarks>
internal sealed class LogReplay(Hash256 logId)
{
    private const int BatchEntries = 1_000;

    private readonly List<LogEntry> _waiting = [];

    /// <summary>The state after what was taken; complete after <see cref="Settle"/>.</summary>
    public RealmState State { get; private set; } = RealmState.Empty(logId);

    /// <summary>Takes the next entry.</summary>
    /// <exception cref="LogFileException">It does not follow, or breaks a rule.</exception>
    public void Take(LogEntry entry)
    {
        _waiting.Add(entry);
        if (_waiting.Count >= BatchEntries) Settle();
    }

    /// <summary>Applies what waits.</summary>
    public void Settle()
    {
        try { State = State.Apply(_waiting); }
        catch (BrokenLogException broken) { throw new LogFileException(broken.Message); }
        _waiting.Clear();
    }

    /// <summary>Why the state is not the one that a head was signed for; <see langword="null"/> if it is.</summary>
    public string? FaultOf(SignedHead head)
    {
        Settle();
        return State.Revision != head.Revision ? $"It ends at {State.Revision}; the head is of {head.Revision}."
            : State.Tip.Hash != head.EntryHash ? $"Its entry at {head.Revision} is another than the one that the head was signed for."
            : State.Directory.Root != head.DirectoryRoot ? $"Its content at {head.Revision} is another than the one that the head was signed for."
            : null;
    }
}
