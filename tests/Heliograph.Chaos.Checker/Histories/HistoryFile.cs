// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;

namespace Heliograph.Chaos.Checker.Histories;

/// <summary>Histories and journals as JSON, a line each. A last line without its end was being written when its writer died, and counts for nothing.</summary>
public static class HistoryFile
{
    private static readonly JsonSerializerOptions s_options = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull };

    public static string Write(HistoryLine line) => JsonSerializer.Serialize(line, s_options);

    public static List<HistoryLine> ReadHistory(string path) => Read<HistoryLine>(path);

    public static List<ClientLine> ReadJournal(string path) => Read<ClientLine>(path);

    private static List<T> Read<T>(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file);
        return [.. reader.ReadToEnd().Split('\n').SkipLast(1).Where(line => line.Length > 0).Select(line => JsonSerializer.Deserialize<T>(line, s_options) ?? throw new FormatException($"{path}: an empty line."))];
    }
}
