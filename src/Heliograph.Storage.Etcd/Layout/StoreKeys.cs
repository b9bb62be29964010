// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using Google.Protobuf;

namespace Heliograph.Storage.Etcd.Layout;

/// <summary>The names under which a log lives in etcd: all of them below <c>/heliograph/&lt;log id&gt;/</c>.</summary>
/// <remarks>Numbers are 16 lower-case hexadecimal digits, so that etcd's order of bytes is the order of the log. docs/reference/storage-etcd.md draws every key and value.</remarks>
internal sealed class StoreKeys
{
    private readonly string _prefix;

    public StoreKeys(Hash256 logId)
    {
        _prefix = $"/heliograph/{logId}/";
        (Format, Epoch, Head, Leader) = (Of("format"), Of("epoch"), Of("head"), Of("leader"));
        (EntriesEnd, ChunksStart, ChunksEnd) = (Of("e0"), Of("b/"), Of("b0")); // '0' is the byte after '/'
    }

    /// <summary>The version of this layout.</summary>
    public ByteString Format { get; }

    /// <summary>The epoch, and where it began.</summary>
    public ByteString Epoch { get; }

    /// <summary>The tip of the log.</summary>
    public ByteString Head { get; }

    /// <summary>Who may append.</summary>
    public ByteString Leader { get; }

    /// <summary>The first key after all entries.</summary>
    public ByteString EntriesEnd { get; }

    /// <summary>The first key that a chunk may have.</summary>
    public ByteString ChunksStart { get; }

    /// <summary>The first key after all chunks.</summary>
    public ByteString ChunksEnd { get; }

    /// <summary>An entry.</summary>
    public ByteString Entry(long sequence) => Of(string.Create(CultureInfo.InvariantCulture, $"e/{sequence:x16}"));

    /// <summary>Which entry a request became.</summary>
    public ByteString Operation(string requestId) => Of("op/" + requestId);

    /// <summary>A chunk of the large entries of a batch.</summary>
    public ByteString Chunk(BatchName batch, int index) => Of(string.Create(CultureInfo.InvariantCulture, $"b/{batch.LastSequence:x16}/{batch.LastHash}/{index:x4}"));

    /// <summary>The sequence in the key of an entry, or <see langword="null"/> if it is none.</summary>
    public long? SequenceOf(ByteString key) =>
        Tail(key, "e/") is { Length: 16 } digits && long.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var sequence) && sequence > 0 ? sequence : null;

    /// <summary>The batch in the key of a chunk, or <see langword="null"/> if it is none.</summary>
    public BatchName? BatchOf(ByteString key) =>
        Tail(key, "b/") is { Length: 16 + 1 + 64 + 1 + 4 } tail && tail[16] == '/' && tail[81] == '/'
        && long.TryParse(tail.AsSpan(0, 16), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var sequence) && Hash256.TryParse(tail.AsSpan(17, 64), out var hash)
            ? new(sequence, hash)
            : null;

    private string? Tail(ByteString key, string kind) => key.ToStringUtf8() is var text && text.StartsWith(_prefix + kind, StringComparison.Ordinal) ? text[(_prefix.Length + kind.Length)..] : null;

    private ByteString Of(string name) => ByteString.CopyFromUtf8(_prefix + name);
}

/// <summary>A batch, by its last entry: the hash chain makes the name stand for everything in it, so one name never has two contents.</summary>
internal readonly record struct BatchName(long LastSequence, Hash256 LastHash);
