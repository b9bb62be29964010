// SPDX-License-Identifier: Apache-2.0
using System.Text;
using System.Text.Json;

namespace Heliograph.Scale.Tree;

/// <summary>Reads the journals of many processes as they are written, and keeps what a verdict needs.</summary>
internal sealed class FleetJournals
{
    private readonly Dictionary<string, long> _positions = new(StringComparer.Ordinal);
    private readonly Dictionary<int, (Revision Revision, int Change)> _newest = [];
    private readonly List<JournalLine> _lines = [];

    /// <summary>Everything read so far.</summary>
    public IReadOnlyList<JournalLine> Lines => _lines;

    /// <summary>How often a client served a lower revision than before.</summary>
    public int WentBackwards { get; private set; }

    /// <summary>Clients that serve a change, or a newer one.</summary>
    public int Reached(int change) => _newest.Values.Count(newest => newest.Change >= change);

    /// <summary>Reads what the files of client processes hold now.</summary>
    public void Refresh(IEnumerable<string> paths)
    {
        foreach (var line in paths.SelectMany(NewLines)) Take(JournalLine.Parse(line));
    }

    /// <summary>Reads what an application's journal holds now: JSON, a line each.</summary>
    /// <param name="path">Its file.</param>
    /// <param name="client">The number under which the application counts.</param>
    public void RefreshApplication(string path, int client)
    {
        foreach (var text in NewLines(path))
        {
            using var line = JsonDocument.Parse(text);
            var root = line.RootElement;
            if (!Revision.TryParse(root.GetProperty("revision").GetString(), out var revision)) throw new InvalidDataException($"{path}: a line has no revision.");
            var change = root.TryGetProperty("marker", out var marker) && int.TryParse(marker.GetString(), out var number) ? number : -1; // none before the first change
            Take(new(JournalEvent.Applied, client, root.GetProperty("t").GetInt64() * 1_000, revision, change));
        }
    }

    private void Take(JournalLine line)
    {
        _lines.Add(line);
        if (line.Event != JournalEvent.Applied) return;
        if (_newest.TryGetValue(line.Client, out var before) && line.Revision.CompareTo(before.Revision) < 0) WentBackwards++;
        _newest[line.Client] = (line.Revision, line.Change);
    }

    private string[] NewLines(string path)
    {
        if (!File.Exists(path)) return [];
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var position = _positions.GetValueOrDefault(path);
        file.Position = position;
        var bytes = new byte[file.Length - position];
        var count = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        var end = bytes.AsSpan(0, count).LastIndexOf((byte)'\n') + 1;
        _positions[path] = position + end;
        return Encoding.UTF8.GetString(bytes, 0, end).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
