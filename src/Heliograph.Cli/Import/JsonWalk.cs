// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Heliograph.Cli.Import;

/// <summary>A leaf of a document.</summary>
/// <param name="Path">Names and indexes joined by <c>:</c>.</param>
/// <param name="Value">The text, or the JSON text of anything else.</param>
/// <param name="IsText">Whether it was a JSON string.</param>
/// <param name="Line">Line of the file, from 1.</param>
internal readonly record struct JsonLeaf(string Path, string Value, bool IsText, int Line);

/// <summary>Walks a document once, collecting its leaves and everything that is wrong with it.</summary>
internal sealed class JsonWalk(ReadOnlyMemory<byte> utf8, string source)
{
    private readonly List<JsonLeaf> _leaves = [];
    private readonly List<string> _faults = [];
    private int _countedTo, _line = 1;

    /// <summary>What is wrong with names; filled by <see cref="Leaves"/>.</summary>
    public IReadOnlyList<string> Faults => _faults;

    /// <summary>Walks the document. An empty object or array below the top is a leaf.</summary>
    /// <param name="mustBeObject">Whether only an object may stand at the top, as .NET's provider requires.</param>
    /// <exception cref="ImportException">It is no JSON.</exception>
    public IReadOnlyList<JsonLeaf> Leaves(bool mustBeObject)
    {
        var reader = new Utf8JsonReader(utf8.Span, JsonSettings.ReaderOptions);
        try
        {
            reader.Read(); // an empty document is a JsonException
            if (mustBeObject && reader.TokenType != JsonTokenType.StartObject)
                throw new ImportException(source, ["The top of the document must be an object to be settings. Store it as one value with --as-value KEY."]);
            Value(ref reader, path: null);
            reader.Read(); // anything after the end is a JsonException
            if (_faults.Count == 0) FindCollisions(_leaves, _faults);
            return _leaves;
        }
        catch (JsonException exception)
        {
            throw new ImportException(source, [$"It is no valid JSON: {Plain(exception)}"]);
        }
        catch (InvalidOperationException) // a string with half a surrogate pair, written as \uD8xx
        {
            throw new ImportException(source, [$"A text is not well-formed Unicode, in line {LineAt(reader.TokenStartIndex)}."]);
        }
    }

    private void Value(ref Utf8JsonReader reader, string? path) // null: the top
    {
        var line = LineAt(reader.TokenStartIndex);
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                if (!Members(ref reader, path) && path is not null) _leaves.Add(new(path, "{}", IsText: false, line));
                break;
            case JsonTokenType.StartArray:
                if (!Items(ref reader, path) && path is not null) _leaves.Add(new(path, "[]", IsText: false, line));
                break;
            case JsonTokenType.String:
                _leaves.Add(new(path ?? "", reader.GetString()!, IsText: true, line));
                break;
            default:
                _leaves.Add(new(path ?? "", Encoding.UTF8.GetString(reader.ValueSpan), IsText: false, line));
                break;
        }
    }

    private bool Members(ref Utf8JsonReader reader, string? path)
    {
        Dictionary<string, (string Name, int Line)>? seen = null;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var (name, line) = (reader.GetString()!, LineAt(reader.TokenStartIndex));
            seen ??= new(StringComparer.OrdinalIgnoreCase);
            if (!seen.TryAdd(name, (name, line)))
            {
                var (other, otherLine) = seen[name];
                _faults.Add(name == other
                    ? $"'{Join(path, name)}' stands twice in one object (lines {otherLine} and {line})."
                    : $"'{Join(path, other)}' (line {otherLine}) and '{Join(path, name)}' (line {line}) differ only by case; configuration keys do not.");
            }
            reader.Read();
            Value(ref reader, Join(path, name));
        }
        return seen is not null;
    }

    private bool Items(ref Utf8JsonReader reader, string? path)
    {
        var index = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            Value(ref reader, Join(path, (index++).ToString(CultureInfo.InvariantCulture)));
        return index > 0;
    }

    /// <summary>Names the leaves that mean one key: names may hold ':' themselves, so leaves of different objects can.</summary>
    public static void FindCollisions(IReadOnlyList<JsonLeaf> leaves, List<string> faults)
    {
        var places = new Dictionary<string, JsonLeaf>(leaves.Count, StringComparer.OrdinalIgnoreCase); // as configuration keys are compared
        foreach (var leaf in leaves)
            if (!places.TryAdd(leaf.Path, leaf)) faults.Add($"'{places[leaf.Path].Path}' (line {places[leaf.Path].Line}) and '{leaf.Path}' (line {leaf.Line}) are one configuration key.");
    }

    private static string Join(string? path, string segment) => path is null ? segment : $"{path}:{segment}";

    private int LineAt(long index)
    {
        for (; _countedTo < index; _countedTo++)
            if (utf8.Span[_countedTo] == '\n') _line++;
        return _line;
    }

    private static string Plain(JsonException exception) // System.Text.Json counts lines from 0 and says so at the end; say it as editors do
    {
        var message = exception.Message;
        var tail = message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        if (tail < 0) tail = message.IndexOf(" Path:", StringComparison.Ordinal);
        return $"{(tail < 0 ? message : message[..tail])} Line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}.";
    }
}
