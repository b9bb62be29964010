// SPDX-License-Identifier: Apache-2.0
using System.Globalization;

namespace Heliograph.Core.LastKnownGood;

/// <summary>A snapshot file and its delta, by the revision that the snapshot file was written at.</summary>
public readonly record struct Generation(Revision Revision) : IComparable<Generation>
{
    private const string SnapshotSuffix = ".snap", DeltaSuffix = ".delta";

    /// <summary>Name of the snapshot file: <c>&lt;epoch&gt;-&lt;sequence&gt;.snap</c>.</summary>
    public string SnapshotName => string.Create(CultureInfo.InvariantCulture, $"{Revision.Epoch}-{Revision.Sequence}{SnapshotSuffix}");

    /// <summary>Name of the file with what was appended since.</summary>
    public string DeltaName => SnapshotName + DeltaSuffix;

    /// <summary>Reads the name of a snapshot file; only the one spelling that <see cref="SnapshotName"/> gives.</summary>
    public static bool TryParse(ReadOnlySpan<char> name, out Generation generation)
    {
        generation = default;
        var dash = name.IndexOf('-');
        if (dash <= 0 || !name.EndsWith(SnapshotSuffix, StringComparison.Ordinal)) return false;
        if (!int.TryParse(name[..dash], NumberStyles.None, CultureInfo.InvariantCulture, out var epoch)
            || !long.TryParse(name[(dash + 1)..^SnapshotSuffix.Length], NumberStyles.None, CultureInfo.InvariantCulture, out var sequence)) return false;
        var read = new Generation(new(epoch, sequence));
        if (!name.SequenceEqual(read.SnapshotName)) return false; // leading zeros
        generation = read;
        return true;
    }

    /// <summary>Reads the name of a delta file.</summary>
    public static bool TryParseDelta(ReadOnlySpan<char> name, out Generation generation)
    {
        generation = default;
        return name.EndsWith(DeltaSuffix, StringComparison.Ordinal) && TryParse(name[..^DeltaSuffix.Length], out generation);
    }

    /// <inheritdoc/>
    public int CompareTo(Generation other) => Revision.CompareTo(other.Revision);
}
