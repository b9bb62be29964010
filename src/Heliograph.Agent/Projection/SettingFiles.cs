// SPDX-License-Identifier: Apache-2.0
using System.Security.Cryptography;
using System.Text;
using Heliograph.Core.Replicas;
using Heliograph.Core.State;
using Heliograph.Platform;
using Heliograph.Platform.Files;

namespace Heliograph.Agent.Projection;

/// <summary>Makes the files of a projection out of a version of its namespace.</summary>
internal static class SettingFiles
{
    /// <summary>Renders them all.</summary>
    /// <exception cref="RenderingException">One of them cannot be made; the message says which and why, and holds no value.</exception>
    public static IReadOnlyList<PublishedFile> Render(ProjectionOptions options, NamespaceVersion version)
    {
        var settings = Settings(options, version);
        var contents = options.Templates.Count > 0
            ? options.Templates.Select(pair => (Name: pair.Key, Text: Template.Read(pair.Value).Render(settings))).ToList()
            : PerSetting(settings);
        uint? owner = options.Owner is { } user && HostAccounts.TryUser(user, out var userId) ? userId : null;
        uint? group = options.Group is { } name && HostAccounts.TryGroup(name, out var groupId) ? groupId : null;
        return [.. contents.OrderBy(one => one.Name, StringComparer.Ordinal).Select(one => new PublishedFile(one.Name, Encoding.UTF8.GetBytes(one.Text), options.FileMode, owner, group))];
    }

    /// <summary>The name of a generation: its revision, and a digest of all that is in it, so that the same content is known again.</summary>
    public static (string Name, string Digest) NameOf(Revision revision, IReadOnlyList<PublishedFile> files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in files)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{file.Name}\0{(int)file.Mode}\0{file.Owner}\0{file.Group}\0{file.Content.Length}\0"));
            hash.AppendData(file.Content.Span);
        }
        var digest = Convert.ToHexStringLower(hash.GetHashAndReset())[..24];
        return ($"..{revision}-{digest}", digest);
    }

    /// <summary>Whether a name can stand in a directory of generations.</summary>
    public static bool IsFileName(string name) => name.Length is > 0 and <= 255 && !name.StartsWith("..", StringComparison.Ordinal) && name != "." && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');

    private static SortedDictionary<string, string> Settings(ProjectionOptions options, NamespaceVersion version)
    {
        var settings = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var labelled = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (recordKey, record) in version.Records)
        {
            if (!SettingRecord.TryParseKey(recordKey.Span, out var key) || !key.Key.StartsWith(options.Prefix, StringComparison.Ordinal)) continue;
            if (key.Label is { } label && label != options.Label) continue;
            if (!SettingRecord.TryParse(recordKey.Span, record.Span, out var setting)) throw new RenderingException($"'{key}' cannot be read by this version of the agent.");
            (key.Label is null ? settings : labelled)[key.Key] = setting.Value;
        }
        foreach (var (key, value) in labelled) settings[key] = value;
        return settings;
    }

    /// <summary>A colon or a slash in a key becomes a dot, whatever else a file's name cannot hold an underscore.</summary>
    private static List<(string Name, string Text)> PerSetting(SortedDictionary<string, string> settings)
    {
        var files = new Dictionary<string, (string Key, string Text)>(StringComparer.Ordinal);
        foreach (var (key, value) in settings)
        {
            var name = string.Concat(key.Select(c => c is ':' or '/' ? '.' : char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' ? c : '_')).TrimStart('.');
            if (!IsFileName(name)) throw new RenderingException($"'{key}' leaves no name for a file.");
            if (!files.TryAdd(name, (key, value))) throw new RenderingException($"'{files[name].Key}' and '{key}' both become the file {name}.");
        }
        return [.. files.Select(pair => (pair.Key, pair.Value.Text))];
    }
}

/// <summary>Files could not be made. Holds no value.</summary>
internal sealed class RenderingException(string message) : Exception(message);
