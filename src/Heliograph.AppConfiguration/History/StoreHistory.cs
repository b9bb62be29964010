// SPDX-License-Identifier: Apache-2.0
using System.Runtime.CompilerServices;
using Heliograph.AppConfiguration.Http;
using Heliograph.AppConfiguration.Stores;
using Heliograph.Core.Log;
using Heliograph.Core.Merkle;
using Heliograph.Core.Sequencing;
using Heliograph.Core.State;
using Heliograph.Core.Wire;
using SettingStamp = Heliograph.Core.State.SettingStamp;

namespace Heliograph.AppConfiguration.History;

/// <summary>The past of a store, from the log: what it held at an instant, and what was ever written. Only the origin has it.</summary>
internal sealed class StoreHistory(Sequencer sequencer)
{
    private const int SequencesAtOnce = 256;

    /// <summary>The store as it stood at an instant, inclusive: a second counts whole, as that is how times are printed.</summary>
    /// <returns>The view, or why there is none.</returns>
    public async ValueTask<(StoreView? View, Answer? Refusal)> AtAsync(NamespaceName name, DateTimeOffset instant, CancellationToken cancellationToken)
    {
        var sequence = SequenceAt(name, instant);
        if (sequence == 0) return (StoreView.OfPast(name, new(Revision.None, MerkleMap.Empty, instant)), null);
        return await AtSequenceAsync(name, sequence, instant, cancellationToken);
    }

    /// <summary>The store after an entry.</summary>
    public async ValueTask<(StoreView? View, Answer? Refusal)> AtSequenceAsync(NamespaceName name, long sequence, DateTimeOffset asOf, CancellationToken cancellationToken) =>
        await sequencer.History.FindAsync(name, sequence, cancellationToken) switch
        {
            StoreAnswer<PastNamespace?>.Done { Value: { } past } => (StoreView.OfPast(name, new(sequencer.History.RevisionAt(past.LastSequence), past.Records, asOf)), null),
            StoreAnswer<PastNamespace?>.Done => (StoreView.OfPast(name, new(Revision.None, MerkleMap.Empty, asOf)), null),
            StoreAnswer<PastNamespace?>.Unavailable no => (null, Problems.Unavailable("The history cannot be read now.", no.RetryAfter)),
            _ => (null, Problems.Unavailable("The history cannot be read.", TimeSpan.FromSeconds(30))),
        };

    /// <summary>The newest entry of a store that was committed at an instant or before; 0 if there is none.</summary>
    public long SequenceAt(NamespaceName name, DateTimeOffset instant) => sequencer.History.SequenceBeforeTime(name, (Math.Clamp(instant.ToUnixTimeSeconds(), 0, 253_402_300_798) + 1) * 1_000);

    /// <summary>Everything that was put, newest first, across all keys, back to where the store was made. A deletion is no item.</summary>
    /// <param name="name">The namespace.</param>
    /// <param name="from">The position behind which to begin.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="HistoryUnavailableException">The log could not be read.</exception>
    public async IAsyncEnumerable<(KeyValue Item, long Sequence, int Index)> RevisionsAsync(NamespaceName name, (long Sequence, int Index) from, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var before = from.Sequence == long.MaxValue ? long.MaxValue : from.Sequence + 1;
        while (true)
        {
            var sequences = sequencer.History.SequencesBefore(name, before, SequencesAtOnce);
            if (sequences.Count == 0) yield break;
            foreach (var sequence in sequences)
            {
                if (await sequencer.History.ReadEntryAsync(sequence, cancellationToken) is not StoreAnswer<LogEntry>.Done { Value: var entry }) throw new HistoryUnavailableException();
                if (entry.Content.BodyCase == Entry.BodyOneofCase.CreateNamespace) yield break; // what was before belonged to another store of that name
                var changes = entry.Content.ChangeSettings?.Changes;
                for (var i = sequence == from.Sequence ? from.Index + 1 : 0; i < (changes?.Count ?? 0); i++)
                    if (changes![i].Put is { } put) yield return (Read(entry, changes[i], put), sequence, i);
            }
            before = sequences[^1];
        }
    }

    internal static KeyValue Read(LogEntry entry, SettingChange change, SettingValue put)
    {
        var key = SettingChanges.KeyOf(change);
        return new(key, SettingRecord.KeyOf(key), Google.Protobuf.MessageExtensions.ToByteArray(put), new SettingStamp(entry.Revision, entry.CommittedAt));
    }
}

/// <summary>The log could not be read; it may be soon.</summary>
internal sealed class HistoryUnavailableException : Exception;
