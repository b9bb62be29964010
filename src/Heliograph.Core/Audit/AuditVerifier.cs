// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;

namespace Heliograph.Core.Audit;

/// <summary>What is wrong with an audit chain. docs/reference/audit-log.md says what each means.</summary>
public enum AuditFault
{
    /// <summary>A line is no record.</summary>
    NotARecord,

    /// <summary>A record's hash does not follow from its content and the record before.</summary>
    HashMismatch,

    /// <summary>A record's number is not one more than that of the record before.</summary>
    NumberMismatch,

    /// <summary>A file does not begin as a file of this chain, or goes on from another record than the last.</summary>
    NotTheBeginning,

    /// <summary>The last line has no end: a crash while it was written, or a cut.</summary>
    HalfALine,

    /// <summary>An anchor that was kept elsewhere names another record under its number.</summary>
    AnchorMismatch,

    /// <summary>An anchor that was kept elsewhere names a record that is not there: the chain was cut.</summary>
    AnchorMissing,
}

/// <summary>Follows a chain record by record, and stops believing at the first that does not fit. Not thread-safe.</summary>
/// <remarks>It proves that records follow each other unchanged. That none is missing at the end only an anchor can tell: number and hash of a record, kept where whoever writes the chain cannot.</remarks>
/// <param name="anchors">Numbers and hashes that must be there.</param>
public sealed class AuditVerifier(IReadOnlyDictionary<long, Hash256>? anchors = null)
{
    private readonly Dictionary<long, Hash256> _anchors = new(anchors ?? new Dictionary<long, Hash256>());
    private bool _hasBegun;

    /// <summary>Which chain; <see langword="null"/> before its first record.</summary>
    public string? Chain { get; private set; }

    /// <summary>The realm's log id, in hexadecimal.</summary>
    public string? LogId { get; private set; }

    /// <summary>Which origin wrote it; <see langword="null"/> for the chain that all share.</summary>
    public string? Node { get; private set; }

    /// <summary>Number of the first record read; 0 before any.</summary>
    public long First { get; private set; }

    /// <summary>Number of the last record that fits. The line that begins a file has the number of the record before it.</summary>
    public long Last { get; private set; }

    /// <summary>Its hash: with its number an anchor, if kept elsewhere. Zeros before any.</summary>
    public Hash256 LastHash { get; private set; }

    /// <summary>Hash of the last line that fits, which may be one that begins a file: what the next line follows.</summary>
    public Hash256 TipHash { get; private set; }

    /// <summary>Records that fit, without the lines that begin files.</summary>
    public long Records { get; private set; }

    /// <summary>Records that say that something went wrong earlier: half a record was cut off, or a damaged file was set aside.</summary>
    public long Scars { get; private set; }

    /// <summary>Takes the next line, without its line feed.</summary>
    /// <param name="line">The bytes.</param>
    /// <returns>What is wrong; <see langword="null"/>: it fits.</returns>
    public AuditFault? Next(ReadOnlyMemory<byte> line)
    {
        if (!AuditLine.TryParse(line, out var read)) return AuditFault.NotARecord;
        long number;
        bool isBeginning;
        try
        {
            Hash256 previous;
            using var json = JsonDocument.Parse(read.Json, new JsonDocumentOptions { MaxDepth = 4, AllowDuplicateProperties = false });
            var record = json.RootElement;
            if (record.ValueKind != JsonValueKind.Object || !record.TryGetProperty("n", out var n) || !n.TryGetInt64(out number) || Text(record, "event") is not { } kind) return AuditFault.NotARecord;
            isBeginning = kind == "begin";
            if (!isBeginning && !_hasBegun) return AuditFault.NotTheBeginning;
            if (isBeginning)
            {
                if (!Begins(record, number, out previous)) return AuditFault.NotTheBeginning;
                if (HasScar(record)) Scars++;
            }
            else
            {
                if (number != Last + 1) return AuditFault.NumberMismatch;
                previous = TipHash;
            }
            if (AuditLine.HashOf(previous, read.Json.Span) != read.Hash) return AuditFault.HashMismatch;
            if (kind == "repaired") Scars++;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or FormatException)
        {
            return AuditFault.NotARecord;
        }
        (Last, TipHash, _hasBegun) = (number, read.Hash, true);
        if (isBeginning) return null;
        LastHash = read.Hash;
        if (Records++ == 0) First = number;
        return _anchors.Remove(number, out var kept) && kept != read.Hash ? AuditFault.AnchorMismatch : null;
    }

    /// <summary>Ends the chain: are the anchors that it should have passed among its records?</summary>
    public AuditFault? End() => _anchors.Keys.Any(number => number >= First) ? AuditFault.AnchorMissing : null; // older ones went with the files that were let go

    private static bool HasScar(JsonElement record) => record.TryGetProperty("setAside", out _);

    private bool Begins(JsonElement record, long number, out Hash256 previous)
    {
        previous = default;
        if (Text(record, "format") != AuditRecords.Format || Text(record, "chain") is not { } chain || Text(record, "log") is not { } log
            || Text(record, "previous") is not { } before || !Hash256.TryParse(before, out previous)) return false;
        var node = Text(record, "node");
        if (!_hasBegun)
        {
            (Chain, LogId, Node) = (chain, log, node);
            return number >= 0 && previous.IsZero == (number == 0);
        }
        return chain == Chain && log == LogId && node == Node && number == Last && previous == TipHash;
    }

    private static string? Text(JsonElement record, string name) => record.TryGetProperty(name, out var value) ? value.GetString() : null;
}
