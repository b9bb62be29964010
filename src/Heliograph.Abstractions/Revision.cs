// SPDX-License-Identifier: Apache-2.0
using System.Globalization;

namespace Heliograph;

/// <summary>A position in a realm's log: how much of it a value, a snapshot or a subscriber has seen.</summary>
/// <remarks>
/// Written <c>epoch.sequence</c>, for example <c>1.48213</c>. The sequence grows by one per committed entry and is never
/// reused; the epoch grows only when history is rewound by disaster recovery. Compared lexicographically, epoch first.
/// Only revisions of one log compare.
/// </remarks>
public readonly record struct Revision(int Epoch, long Sequence) : IComparable<Revision>
{
    /// <summary>How often history was rewound, plus one. 0 only in <see cref="None"/>; never negative.</summary>
    public int Epoch { get; } = Epoch >= 0 ? Epoch : throw new ArgumentOutOfRangeException(nameof(Epoch), Epoch, "Must be 0 or more.");

    /// <summary>Entries committed since the log began. Never negative.</summary>
    public long Sequence { get; } = Sequence >= 0 ? Sequence : throw new ArgumentOutOfRangeException(nameof(Sequence), Sequence, "Must be 0 or more.");

    /// <summary>Before the first entry.</summary>
    public static Revision None => default;

    /// <summary>The revision of the next entry in the same epoch.</summary>
    public Revision Next() => new(Epoch, checked(Sequence + 1));

    /// <inheritdoc/>
    public int CompareTo(Revision other) => (Epoch, Sequence).CompareTo((other.Epoch, other.Sequence));

    /// <summary>Whether this revision holds more of the log than <paramref name="other"/>.</summary>
    public bool IsAfter(Revision other) => CompareTo(other) > 0;

    /// <summary>Whether this revision holds less of the log than <paramref name="other"/>.</summary>
    public bool IsBefore(Revision other) => CompareTo(other) < 0;

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Epoch}.{Sequence}");

    /// <summary>Reads <c>epoch.sequence</c>, digits only, without leading zeros beyond a lone <c>0</c>.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Revision revision)
    {
        revision = None;
        var dot = text.IndexOf('.');
        if (dot <= 0
            || !int.TryParse(text[..dot], NumberStyles.None, CultureInfo.InvariantCulture, out var epoch)
            || !long.TryParse(text[(dot + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var sequence)
            || (text[0] == '0' && dot > 1) || (text[dot + 1] == '0' && text.Length > dot + 2))
            return false;
        revision = new(epoch, sequence);
        return true;
    }
}
