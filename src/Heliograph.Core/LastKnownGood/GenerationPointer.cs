// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Heliograph.Core.LastKnownGood;

/// <summary>What a pointer file, <c>CURRENT</c> or <c>STABLE</c>, says: a generation, and the revision in it that is meant.</summary>
/// <remarks>
/// One line: <c>heliograph-pointer/1 &lt;file&gt; &lt;revision&gt; &lt;SHA-256 of all before, in hexadecimal&gt;</c> and a line feed.
/// <c>CURRENT</c> means all of the generation's delta, however far it goes; <c>STABLE</c> means the delta up to the revision.
/// </remarks>
/// <param name="Generation">Which files.</param>
/// <param name="Revision">How far into the delta; not before the generation's own revision.</param>
public sealed record GenerationPointer(Generation Generation, Revision Revision)
{
    /// <summary>Longest file, in bytes.</summary>
    public const int BytesMax = 256;

    private const string Magic = "heliograph-pointer/1";

    /// <summary>The file's bytes.</summary>
    public byte[] Encode()
    {
        var text = $"{Magic} {Generation.SnapshotName} {Revision} ";
        return Encoding.ASCII.GetBytes($"{text}{Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(text)))}\n");
    }

    /// <summary>Reads a file, or says in <paramref name="error"/> what is wrong with it. Never throws, whatever the bytes.</summary>
    public static bool TryParse(ReadOnlySpan<byte> file, [NotNullWhen(true)] out GenerationPointer? parsed, [NotNullWhen(false)] out string? error)
    {
        parsed = null;
        error = "it is not a line of a pointer, with its digest";
        if (file.Length > BytesMax || !Ascii.IsValid(file)) return false;
        var words = Encoding.ASCII.GetString(file).Split(' ');
        if (words.Length != 4 || words[0] != Magic || !Generation.TryParse(words[1], out var generation) || !Revision.TryParse(words[2], out var revision)) return false;
        var read = new GenerationPointer(generation, revision);
        if (revision.IsBefore(generation.Revision) || !file.SequenceEqual(read.Encode())) return false; // the digest, and the one spelling
        (parsed, error) = (read, null);
        return true;
    }
}
