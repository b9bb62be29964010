// SPDX-License-Identifier: Apache-2.0
using System.Text;
using System.Text.Unicode;

namespace Heliograph.Cli.Import;

/// <summary>The text of a document as UTF-8 without a byte-order mark.</summary>
internal static class DocumentText
{
    // Longest marks first: that of UTF-32 begins like that of UTF-16.
    private static readonly (byte[] Mark, Encoding Encoding)[] s_marks =
    [
        ([0xFF, 0xFE, 0, 0], new UTF32Encoding(bigEndian: false, byteOrderMark: false, throwOnInvalidCharacters: true)),
        ([0, 0, 0xFE, 0xFF], new UTF32Encoding(bigEndian: true, byteOrderMark: false, throwOnInvalidCharacters: true)),
        ([0xFF, 0xFE], new UnicodeEncoding(bigEndian: false, byteOrderMark: false, throwOnInvalidBytes: true)),
        ([0xFE, 0xFF], new UnicodeEncoding(bigEndian: true, byteOrderMark: false, throwOnInvalidBytes: true)),
    ];

    /// <summary>Reads what .NET's configuration files may be: UTF-8 with or without a mark, or UTF-16 and UTF-32 with one.</summary>
    /// <exception cref="ImportException">The bytes are not text in their encoding. (.NET would put U+FFFD in their place; here nothing is guessed.)</exception>
    public static ReadOnlyMemory<byte> ToUtf8(ReadOnlyMemory<byte> content, string source)
    {
        if (content.Span.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF])) content = content[3..];
        foreach (var (mark, encoding) in s_marks)
        {
            if (!content.Span.StartsWith(mark)) continue;
            try
            {
                return Encoding.UTF8.GetBytes(encoding.GetString(content.Span[mark.Length..]));
            }
            catch (DecoderFallbackException exception)
            {
                throw new ImportException(source, [$"The file is not valid {encoding.EncodingName} at byte {mark.Length + exception.Index}."]);
            }
        }
        if (Utf8.IsValid(content.Span)) return content;
        throw new ImportException(source, [$"The file is not valid UTF-8; the first wrong byte is in line {LineOfFirstFault(content.Span)}."]);
    }

    private static int LineOfFirstFault(ReadOnlySpan<byte> content)
    {
        var line = 1;
        while (Rune.DecodeFromUtf8(content, out var rune, out var size) == System.Buffers.OperationStatus.Done)
        {
            if (rune.Value == '\n') line++;
            content = content[size..];
        }
        return line;
    }
}
