// SPDX-License-Identifier: Apache-2.0
using Google.Protobuf;
using Heliograph.Core.Log;
using Heliograph.Core.Merkle;
using Heliograph.Core.Wire;

namespace Heliograph.Core.State;

/// <summary>A namespace held at a revision of its history: a record of its own state, under the same root as the settings, so that every replica that has the content has the pin.</summary>
/// <param name="Revision">Whose content is held.</param>
/// <param name="Before">The namespace's revision before it was pinned.</param>
/// <param name="By">Who pinned it.</param>
/// <param name="Reason">Why.</param>
/// <param name="At">Since when.</param>
public sealed record PinRecord(Revision Revision, Revision Before, string By, string Reason, DateTimeOffset At)
{
    /// <summary>Longest reason that is asked for, in characters.</summary>
    public const int ReasonCharsMax = 200;

    private const int ValueBytesMax = 32 << 10; // a message and an author of four-byte characters, and numbers

    private static readonly byte[] s_key = [(byte)RecordKind.Pin];

    /// <summary>The record key: the one byte <c>08</c>.</summary>
    internal static ReadOnlyMemory<byte> Key => s_key;

    /// <summary>The pin of a namespace; <see langword="null"/> if it has none.</summary>
    /// <param name="records">The namespace's records.</param>
    public static PinRecord? Find(MerkleMap records) =>
        records.TryGet(s_key, out var value) && CanonicalMessage.TryParse(NamespacePin.Parser, value.Span, ValueBytesMax, out var pin, out _)
            ? new(new((int)pin.Epoch, (long)pin.Sequence), new((int)pin.BeforeEpoch, (long)pin.BeforeSequence), pin.By, pin.Reason, DateTimeOffset.FromUnixTimeMilliseconds(pin.PinnedAtMs))
            : null;

    /// <summary>The record that an entry leaves.</summary>
    internal static byte[] ValueOf(PinChange pin, LogEntry entry) => new NamespacePin
    {
        Epoch = pin.Epoch,
        Sequence = pin.Sequence,
        BeforeEpoch = pin.BeforeEpoch,
        BeforeSequence = pin.BeforeSequence,
        By = entry.Content.Actor,
        Reason = entry.Content.Message,
        PinnedAtMs = entry.Content.CommittedAtMs,
    }.ToByteArray();
}
