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
    private readonly RealmDraft _draft = new(RealmState.Empty(logId)); // one for all entries: the directory is hashed once, at the end

    /// <summary>The state after what was taken; complete after <see cref="Settle"/>.</summary>
    public RealmState State { get; private set; } = RealmState.Empty(logId);

    /// <summary>Takes the next entry.</summary>
    /// <exception cref="LogFileException">It does not follow, or breaks a rule.</exception>
    public void Take(LogEntry entry)
    {
        try { _draft.Apply(entry); }
        catch (BrokenLogException broken) { throw new LogFileException(broken.Message); }
    }

    /// <summary>Brings the state up to what was taken.</summary>
    public void Settle()
    {
        if (State.Tip != _draft.Tip) State = _draft.ToState();
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
