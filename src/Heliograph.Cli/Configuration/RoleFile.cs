// SPDX-License-Identifier: Apache-2.0
using System.Text;
using System.Text.Json;

namespace Heliograph.Cli.Configuration;

/// <summary>A role's file: one JSON object whose members are the role's options. Comments and trailing commas are allowed; every fault is named with its line.</summary>
internal static class RoleFile
{
    /// <summary>Largest file: 1 MiB.</summary>
    public const int BytesMax = 1 << 20;

    private static readonly JsonReaderOptions s_reading = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, MaxDepth = 8 };

    /// <summary>Reads it. What can be read is returned beside what cannot.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">Members that it may have: options by their name without dashes, and whether they take several values.</param>
    public static (IReadOnlyList<GivenSetting> Settings, IReadOnlyList<string> Faults) Read(string path, IReadOnlyDictionary<string, bool> options)
    {
        byte[] bytes;
        try
        {
            if (new FileInfo(path).Length > BytesMax) return ([], [$"The file is longer than {BytesMax >> 20} MiB. [{path}]"]);
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return ([], [$"The file cannot be read: {exception.Message} Give {ConfigurationNames.FileOption} the file that is meant. [{path}]"]);
        }
        var (settings, faults) = (new List<GivenSetting>(), new List<string>());
        try
        {
            Read(bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? bytes.AsSpan(Encoding.UTF8.Preamble.Length) : bytes, path, options, settings, faults);
        }
        catch (JsonException exception)
        {
            faults.Add($"This is no JSON: {exception.Message.Split(" LineNumber:")[0]} [{path}:{exception.LineNumber + 1}]");
        }
        return (settings, faults);
    }

    private static void Read(ReadOnlySpan<byte> utf8, string path, IReadOnlyDictionary<string, bool> options, List<GivenSetting> settings, List<string> faults)
    {
        var reader = new Utf8JsonReader(utf8, s_reading);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject) throw new JsonException("an object of options is expected.", path, 0, 0);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var (name, line) = (reader.GetString()!, 1 + utf8[..(int)reader.TokenStartIndex].Count((byte)'\n'));
            reader.Read();
            var values = Values(ref reader, out var isList);
            var fault = !options.TryGetValue(name, out var mayBeList) ? $"'{Terminal.PrintableText.OneLine(name, 80)}' is no option here.{Nearest(name, options.Keys)}"
                : !seen.Add(name) ? $"'{name}' stands twice. Keep one."
                : values is null ? $"'{name}' is a text, a number, true or false{(mayBeList ? ", or a list of them" : "")}."
                : isList && !mayBeList ? $"'{name}' takes one value, not a list."
                : null;
            if (fault is not null) faults.Add($"{fault} [{path}:{line}]");
            else if (values!.Count > 0) settings.Add(new($"--{name}", values, SettingOrigin.File, $"{path}:{line}"));
        }
        while (reader.Read()) { } // what follows the object is no JSON, and said so
    }

    /// <summary>A value or a list of values; <see langword="null"/>: something else, which is skipped.</summary>
    private static List<string>? Values(ref Utf8JsonReader reader, out bool isList)
    {
        isList = reader.TokenType == JsonTokenType.StartArray;
        if (!isList) return One(ref reader) is { } one ? one.Length > 0 ? [one] : [] : null;
        List<string>? values = [];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (One(ref reader) is { Length: > 0 } value) values?.Add(value);
            else values = null;
        }
        return values;
    }

    private static string? One(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.String: return reader.GetString();
            case JsonTokenType.Number: return Encoding.UTF8.GetString(reader.ValueSpan);
            case JsonTokenType.True: return "true";
            case JsonTokenType.False: return "false";
            default:
                reader.Skip();
                return null;
        }
    }

    /// <summary>The option that was probably meant.</summary>
    internal static string Nearest(string name, IEnumerable<string> options)
    {
        if (options.Where(option => option.StartsWith(name, StringComparison.OrdinalIgnoreCase)).Take(2).ToList() is [var only]) return $" Is '{only}' meant?";
        var nearest = options.Select(option => (option, distance: Distance(name.ToLowerInvariant(), option.ToLowerInvariant()))).MinBy(pair => pair.distance);
        return nearest.option is not null && nearest.distance <= Math.Max(2, name.Length / 3) ? $" Is '{nearest.option}' meant?" : " 'helio ROLE --help' lists them.";
    }

    /// <summary>How many letters must be changed, put in or left out.</summary>
    private static int Distance(string one, string other)
    {
        var row = Enumerable.Range(0, other.Length + 1).ToArray();
        for (var i = 1; i <= one.Length; i++)
        {
            var (diagonal, left) = (row[0], row[0] = i);
            for (var j = 1; j <= other.Length; j++)
            {
                var value = Math.Min(Math.Min(row[j] + 1, left + 1), diagonal + (one[i - 1] == other[j - 1] ? 0 : 1));
                (diagonal, left, row[j]) = (row[j], value, value);
            }
        }
        return row[^1];
    }
}
