// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Heliograph.Samples.ShopFleet;

/// <summary>One line of a process's own journal: what it ran with, from when on.</summary>
internal sealed record JournalLine(
    [property: JsonPropertyName("t")] long AppliedAtMs,
    [property: JsonPropertyName("process")] string Process,
    [property: JsonPropertyName("pid")] int ProcessId,
    [property: JsonPropertyName("namespace")] string Namespace,
    [property: JsonPropertyName("revision")] string Revision,
    [property: JsonPropertyName("stateRoot")] string StateRoot,
    [property: JsonPropertyName("source")] string Source,
    [property: JsonPropertyName("stale")] bool IsStale,
    [property: JsonPropertyName("startMs")] double? StartMs,
    [property: JsonPropertyName("marker")] string? Marker);

/// <summary>Reads what a process wrote about itself, as it writes it.</summary>
internal sealed class Journal(string path)
{
    private readonly List<JournalLine> _lines = [];
    private long _position;

    /// <summary>Everything read so far, oldest first.</summary>
    public IReadOnlyList<JournalLine> Lines => _lines;

    /// <summary>Reads the whole lines that came since the last call.</summary>
    public void Refresh()
    {
        if (!File.Exists(path)) return;
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        file.Position = _position;
        var bytes = new byte[file.Length - _position];
        var count = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        var end = bytes.AsSpan(0, count).LastIndexOf((byte)'\n') + 1;
        _position += end;
        foreach (var range in System.Text.Encoding.UTF8.GetString(bytes, 0, end).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            _lines.Add(JsonSerializer.Deserialize<JournalLine>(range) ?? throw new InvalidDataException($"{path} holds a line that is no object."));
    }

    /// <summary>The newest line about a namespace.</summary>
    public JournalLine? Newest(string @namespace) => _lines.LastOrDefault(line => line.Namespace == @namespace);

    /// <summary>How often a revision was followed by a lower one of the same namespace, over all lives of the process.</summary>
    public int RevisionsWentBackwards() => _lines
        .GroupBy(line => line.Namespace)
        .Sum(lines => lines.Zip(lines.Skip(1)).Count(pair => Parse(pair.Second.Revision).IsBefore(Parse(pair.First.Revision))));

    public static Revision Parse(string text) => Revision.TryParse(text, out var revision) ? revision : throw new InvalidDataException($"'{text}' is no revision.");
}
