// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.State;

namespace Heliograph.Core.Sequencing;

/// <summary>What the stamps of a namespace cost against its limits.</summary>
internal static class Stamps
{
    /// <summary>Bytes that a setting's stamp adds at most, for a record key of that length.</summary>
    public static int BytesOf(int recordKeyBytes) => recordKeyBytes + SettingStamp.ValueBytesMax;

    /// <summary>Why a namespace cannot be stamped: its settings and their stamps would be more than it may hold.</summary>
    public static Decision.Answer? Overflow(RealmNamespace found)
    {
        long records = found.Records.Count, bytes = found.Records.Bytes;
        foreach (var (key, _) in found.Records)
        {
            if (key.Span[0] != (byte)RecordKind.Setting) continue;
            records++;
            bytes += BytesOf(key.Length);
        }
        return records > Limits.NamespaceRecordsMax ? new(new SubmitResult.OverLimit("records in the namespace", Limits.NamespaceRecordsMax, records))
            : bytes > Limits.NamespaceBytesMax ? new(new SubmitResult.OverLimit("bytes in the namespace", Limits.NamespaceBytesMax, bytes))
            : null;
    }
}
