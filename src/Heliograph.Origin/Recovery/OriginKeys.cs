// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using System.Text.Json.Serialization;
using Heliograph.Core.Heads;
using Heliograph.Origin.Access;
using Heliograph.Platform.Files;
using Heliograph.Platform.Trust;

namespace Heliograph.Origin.Recovery;

/// <summary>The secrets of one origin in one file, apart from any backup: its head key, the master key of access keys, and the first administrator's token where it is there still. Whoever has them is that origin.</summary>
/// <param name="Format">1.</param>
/// <param name="Realm">For people.</param>
/// <param name="LogId">Which log.</param>
/// <param name="Files">Names in the data directory, and their text.</param>
public sealed record OriginKeys(int Format, string Realm, string LogId, IReadOnlyDictionary<string, string> Files)
{
    private static readonly string[] s_names = [RealmKeys.HeadKeyFileName, AccessKeyring.FileName, AdminToken.FileName];

    /// <summary>Copies the keys of a data directory into a file with mode 0600.</summary>
    /// <exception cref="IOException">The file exists, or a key cannot be read.</exception>
    public static void Save(string dataDirectory, string path)
    {
        var anchor = TrustFile.Load(Path.Combine(dataDirectory, RealmKeys.TrustFileName));
        var files = s_names.Select(name => (Name: name, Path: Path.Combine(dataDirectory, name))).Where(file => File.Exists(file.Path)).ToDictionary(file => file.Name, file => ProtectedFile.ReadSecret(file.Path));
        if (!files.ContainsKey(RealmKeys.HeadKeyFileName)) throw new IOException($"{dataDirectory} holds no {RealmKeys.HeadKeyFileName}: it is no origin's.");
        ProtectedFile.Write(path, JsonSerializer.Serialize(new OriginKeys(1, anchor.Root.Realm, anchor.LogId.ToString(), files), OriginKeysJson.Default.OriginKeys) + "\n", ProtectedFile.OwnerOnly, replace: false);
    }

    /// <summary>Puts the keys of a file into a data directory. A key that is there already must be the same.</summary>
    /// <exception cref="IOException">The file is of another realm, readable by others, or another key is there.</exception>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public static void Restore(string path, string dataDirectory, TrustAnchor anchor)
    {
        var keys = Parse(ProtectedFile.ReadSecret(path)) ?? throw new InvalidDataException($"{path} is no file of an origin's keys.");
        if (keys.LogId != anchor.LogId.ToString()) throw new IOException($"{path} holds the keys of realm '{keys.Realm}', log {keys.LogId}; this is log {anchor.LogId}.");
        foreach (var name in s_names)
        {
            if (!keys.Files.TryGetValue(name, out var text)) continue;
            var target = Path.Combine(dataDirectory, name);
            if (!File.Exists(target)) ProtectedFile.Write(target, text, ProtectedFile.OwnerOnly, replace: false);
            else if (ProtectedFile.ReadSecret(target) != text) throw new IOException($"{target} exists already, is another key than the one in {path}, and is not overwritten.");
        }
    }

    private static OriginKeys? Parse(string text)
    {
        try { return JsonSerializer.Deserialize(text, OriginKeysJson.Default.OriginKeys) is { Format: 1, LogId: not null, Files: not null } keys ? keys : null; }
        catch (JsonException) { return null; }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(OriginKeys))]
internal sealed partial class OriginKeysJson : JsonSerializerContext;
