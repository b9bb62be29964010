// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text.Json;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Heliograph.Cli.Import;

/// <summary>Walks a YAML document once, event by event, collecting its leaves: what a JSON document of the same shape would give.</summary>
/// <remarks>
/// Anchors, aliases, tags and merge keys are refused, so that a document is as large as it looks and makes no object but text. Only what JSON knows has a type: numbers in
/// JSON's own notation, <c>true</c>, <c>false</c>, <c>null</c> (with their capitals, <c>~</c> and nothing at all). Everything else is text as it stands: <c>yes</c>, <c>0x1F</c>, <c>012</c>, <c>2026-01-01</c>.
/// </remarks>
internal sealed class YamlWalk(string text, string source)
{
    private readonly List<JsonLeaf> _leaves = [];
    private List<string> _faults = [];
    private readonly Parser _parser = new(new Scanner(new StringReader(text), skipComments: true));

    /// <summary>The leaves of the one document; an empty one has none.</summary>
    /// <param name="faults">Gets what is wrong with names and what is not taken.</param>
    /// <exception cref="ImportException">It is no YAML, holds several documents, or is no mapping.</exception>
    public IReadOnlyList<JsonLeaf> Leaves(List<string> faults)
    {
        _faults = faults;
        try
        {
            _parser.Consume<StreamStart>();
            if (_parser.TryConsume<StreamEnd>(out _)) return _leaves;
            _parser.Consume<DocumentStart>();
            if (_parser.Accept<Scalar>(out var only) && only is { Value.Length: 0, Style: ScalarStyle.Plain }) return _leaves; // comments alone
            if (!_parser.Accept<MappingStart>(out _)) throw new ImportException(source, ["The top of the document must be a mapping of names to values."]);
            Value(path: null, depth: 0);
            _parser.Consume<DocumentEnd>();
            if (!_parser.TryConsume<StreamEnd>(out _)) throw new ImportException(source, ["The file holds several documents ('---'). Split it."]);
            return _leaves;
        }
        catch (YamlException fault)
        {
            throw new ImportException(source, [$"It is no valid YAML: {fault.Message} Line {fault.Start.Line}, column {fault.Start.Column}."]);
        }
    }

    private void Value(string? path, int depth)
    {
        if (depth > JsonSettings.DepthMax) throw new ImportException(source, [$"It is nested deeper than {JsonSettings.DepthMax} levels."]);
        if (_parser.TryConsume<AnchorAlias>(out var alias))
        {
            _faults.Add($"'{path}' (line {alias.Start.Line}) is an alias; write the value out.");
            return;
        }
        var line = (int)(_parser.Current?.Start.Line ?? 0);
        if (_parser.Current is NodeEvent node) Plain(node, path);
        if (_parser.TryConsume<Scalar>(out var scalar)) Leaf(path!, scalar, line);
        else if (_parser.TryConsume<SequenceStart>(out _))
        {
            var index = 0;
            while (!_parser.TryConsume<SequenceEnd>(out _)) Value(Join(path, (index++).ToString(CultureInfo.InvariantCulture)), depth + 1);
            if (index == 0) _leaves.Add(new(path!, "[]", IsText: false, line));
        }
        else
        {
            _parser.Consume<MappingStart>();
            if (!Members(path, depth) && path is not null) _leaves.Add(new(path, "{}", IsText: false, line));
        }
    }

    private bool Members(string? path, int depth)
    {
        var seen = new Dictionary<string, (string Name, int Line)>(StringComparer.OrdinalIgnoreCase);
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            var line = (int)(_parser.Current?.Start.Line ?? 0);
            if (_parser.Current is NodeEvent key) Plain(key, path);
            if (!_parser.TryConsume<Scalar>(out var name)) throw new ImportException(source, [$"A name in line {line} is no text."]);
            if (name is { Value: "<<", Style: ScalarStyle.Plain }) _faults.Add($"'{Join(path, "<<")}' (line {line}) would merge another mapping; write its members out.");
            if (!seen.TryAdd(name.Value, (name.Value, line)))
            {
                var (other, otherLine) = seen[name.Value];
                _faults.Add(other == name.Value
                    ? $"'{Join(path, other)}' stands twice in one mapping (lines {otherLine} and {line})."
                    : $"'{Join(path, other)}' (line {otherLine}) and '{Join(path, name.Value)}' (line {line}) differ only by case; configuration keys do not.");
            }
            Value(Join(path, name.Value), depth + 1);
        }
        return seen.Count > 0;
    }

    private void Plain(NodeEvent node, string? path)
    {
        if (!node.Anchor.IsEmpty) _faults.Add($"An anchor in line {node.Start.Line}, at '{path}': anchors and aliases are not taken; write the value out.");
        if (!node.Tag.IsEmpty) _faults.Add($"A tag in line {node.Start.Line}, at '{path}': tags are not taken; quote a text that looks like something else.");
    }

    private void Leaf(string path, Scalar scalar, int line)
    {
        var json = scalar.Style == ScalarStyle.Plain ? TypedText(scalar.Value) : null;
        _leaves.Add(new(path, json ?? scalar.Value, IsText: json is null, line));
    }

    /// <summary>The JSON text of a plain scalar that has a type, or <see langword="null"/> for text.</summary>
    public static string? TypedText(string plain) => plain switch
    {
        "" or "~" or "null" or "Null" or "NULL" => "null",
        "true" or "True" or "TRUE" => "true",
        "false" or "False" or "FALSE" => "false",
        _ => IsJsonNumber(plain) ? plain : null,
    };

    private static bool IsJsonNumber(string plain)
    {
        if (plain.Length > 512 || !(char.IsAsciiDigit(plain[0]) || plain[0] == '-') || !char.IsAsciiDigit(plain[^1])) return false;
        var reader = new Utf8JsonReader(System.Text.Encoding.UTF8.GetBytes(plain));
        try
        {
            return reader.Read() && reader.TokenType == JsonTokenType.Number && !reader.Read();
        }
        catch (JsonException)
        {
            return false; // 012, 1.2.3, 2026-01-01: text
        }
    }

    private static string Join(string? path, string segment) => path is null ? segment : $"{path}:{segment}";
}
