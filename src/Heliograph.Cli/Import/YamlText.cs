// SPDX-License-Identifier: Apache-2.0
using System.Text;
using System.Text.Json;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Heliograph.Cli.Import;

/// <summary>Writes a JSON object as YAML that <see cref="YamlWalk"/> reads back to the same leaves.</summary>
internal static class YamlText
{
    /// <summary>Writes the document.</summary>
    /// <param name="json">An object, as <see cref="NestedJson"/> writes it.</param>
    /// <param name="inBlocks">Whether text of several lines is written as a block, for people. It is quoted where a block could not hold it.</param>
    public static string Write(ReadOnlyMemory<byte> json, bool inBlocks = false)
    {
        using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = JsonSettings.DepthMax });
        var text = new StringBuilder();
        using var writer = new StringWriter(text) { NewLine = "\n" };
        var emitter = new Emitter(writer, new EmitterSettings(bestIndent: 2, bestWidth: int.MaxValue, isCanonical: false, maxSimpleKeyLength: 1_000, newLine: "\n"));
        emitter.Emit(new StreamStart());
        emitter.Emit(new DocumentStart(null, null, isImplicit: true));
        Value(emitter, document.RootElement, inBlocks);
        emitter.Emit(new DocumentEnd(isImplicit: true));
        emitter.Emit(new StreamEnd());
        return text.ToString();
    }

    private static void Value(Emitter emitter, JsonElement value, bool inBlocks)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                emitter.Emit(new MappingStart(AnchorName.Empty, TagName.Empty, isImplicit: true, value.EnumerateObject().Any() ? MappingStyle.Block : MappingStyle.Flow));
                foreach (var member in value.EnumerateObject())
                {
                    Text(emitter, member.Name, inBlocks: false);
                    Value(emitter, member.Value, inBlocks);
                }
                emitter.Emit(new MappingEnd());
                break;
            case JsonValueKind.Array:
                emitter.Emit(new SequenceStart(AnchorName.Empty, TagName.Empty, isImplicit: true, value.GetArrayLength() > 0 ? SequenceStyle.Block : SequenceStyle.Flow));
                foreach (var item in value.EnumerateArray()) Value(emitter, item, inBlocks);
                emitter.Emit(new SequenceEnd());
                break;
            case JsonValueKind.String:
                Text(emitter, value.GetString()!, inBlocks);
                break;
            default:
                emitter.Emit(new Scalar(AnchorName.Empty, TagName.Empty, value.GetRawText(), ScalarStyle.Plain, isPlainImplicit: true, isQuotedImplicit: false));
                break;
        }
    }

    private static void Text(Emitter emitter, string text, bool inBlocks)
    {
        var style = IsSafePlain(text) ? ScalarStyle.Plain : inBlocks && IsSafeBlock(text) ? ScalarStyle.Literal : ScalarStyle.DoubleQuoted;
        emitter.Emit(new Scalar(AnchorName.Empty, TagName.Empty, text, style, isPlainImplicit: true, isQuotedImplicit: true));
    }

    // Words that no reader of YAML takes for anything but text, also not one of YAML 1.1, to which 'yes' is true.
    private static bool IsSafePlain(string text) =>
        text.Length is > 3 and < 128 && char.IsAsciiLetter(text[0]) && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or '/')
        && YamlWalk.TypedText(text) is null && !text.Equals("false", StringComparison.OrdinalIgnoreCase) && !text.Equals("true", StringComparison.OrdinalIgnoreCase) && !text.Equals("null", StringComparison.OrdinalIgnoreCase)
        || text.Length is 1 or 2 or 3 && text.All(char.IsAsciiLetter) && text.ToLowerInvariant() is not ("y" or "n" or "yes" or "no" or "on" or "off" or "nan" or "inf");

    private static bool IsSafeBlock(string text) => // several lines, each as it looks
        text.Contains('\n', StringComparison.Ordinal) && text[0] is not (' ' or '\n' or '\t')
        && text.All(c => c == '\n' || (c is >= ' ' and < '\u007F') || (c >= '\u00A0' && !char.IsSurrogate(c) && c is not ('\u2028' or '\u2029' or '\uFEFF')))
        && !text.Contains(" \n", StringComparison.Ordinal) && !text.EndsWith(' ') && !text.EndsWith("\n\n", StringComparison.Ordinal);
}
