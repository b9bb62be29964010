// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Heliograph.Platform;

namespace Heliograph.Agent.Projection;

/// <summary>Settings that an agent keeps as files, as a file of projections says it. docs/reference/agent-api.md#files.</summary>
public sealed class ProjectionOptions
{
    /// <summary>Largest file of projections, and largest template.</summary>
    public const int FileBytesMax = 1 << 20;

    /// <summary>Most projections of an agent.</summary>
    public const int ProjectionsMax = 64;

    /// <summary>What it is called in logs and over HTTP; unique at the agent.</summary>
    public string Name { get; set; } = "";

    /// <summary>Of which namespace.</summary>
    public string Namespace { get; set; } = "";

    /// <summary>Settings under this label lie over those without; <see langword="null"/>: only those without.</summary>
    public string? Label { get; set; }

    /// <summary>Only keys that begin so.</summary>
    public string Prefix { get; set; } = "";

    /// <summary>Where: an absolute path, the agent's alone.</summary>
    public string Directory { get; set; } = "";

    /// <summary>Templates by the name of the file that each becomes; empty: one file for each setting.</summary>
    public IReadOnlyDictionary<string, string> Templates { get; set; } = new Dictionary<string, string>();

    /// <summary>Mode of the files, octal. Default 0644.</summary>
    public string Mode { get; set; } = "0644";

    /// <summary>Mode of the directories, octal. Default 0755.</summary>
    public string DirectoryMode { get; set; } = "0755";

    /// <summary>Whose the files are, by name or number; <see langword="null"/>: the agent's user's.</summary>
    public string? Owner { get; set; }

    /// <summary>Whose group's; <see langword="null"/>: the agent's.</summary>
    public string? Group { get; set; }

    /// <summary>Whom to tell after a change; <see langword="null"/>: nobody.</summary>
    public ProjectionReload? OnChange { get; set; }

    internal UnixFileMode FileMode => ModeOf(Mode)!.Value;

    internal UnixFileMode DirectoriesMode => ModeOf(DirectoryMode)!.Value;

    /// <summary>Reads a file of projections.</summary>
    /// <param name="path">The file.</param>
    /// <param name="allowedCommands">Absolute paths of the programs that may be run after a change.</param>
    /// <exception cref="InvalidDataException">It is none; the message names every fault.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static IReadOnlyList<ProjectionOptions> Load(string path, IReadOnlyCollection<string> allowedCommands)
    {
        if (new FileInfo(path).Length > FileBytesMax) throw new InvalidDataException($"{path} has more than {FileBytesMax} bytes.");
        ProjectionFile? file;
        try
        {
            file = JsonSerializer.Deserialize(File.ReadAllBytes(path), ProjectionJson.Default.ProjectionFile);
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{path} is no file of projections: {exception.Message}");
        }
        var projections = file?.Projections ?? [];
        var faults = projections.SelectMany((one, index) => one.Faults(allowedCommands).Select(fault => $"projections[{index}]{(one.Name.Length > 0 ? $" ({one.Name})" : "")}: {fault}")).ToList();
        if (projections.Count is 0 or > ProjectionsMax) faults.Add($"projections holds {projections.Count}; 1 to {ProjectionsMax} are allowed.");
        foreach (var twice in projections.GroupBy(one => one.Name).Where(group => group.Count() > 1)) faults.Add($"The name '{twice.Key}' stands twice.");
        foreach (var twice in projections.GroupBy(one => one.Directory).Where(group => group.Count() > 1)) faults.Add($"The directory '{twice.Key}' stands twice.");
        return faults.Count == 0 ? projections : throw new InvalidDataException($"{path}:{Environment.NewLine}- {string.Join($"{Environment.NewLine}- ", faults)}");
    }

    private IEnumerable<string> Faults(IReadOnlyCollection<string> allowedCommands)
    {
        if (Name.Length is 0 or > 128) yield return "name must be given, 1 to 128 characters.";
        if (!NamespaceName.TryParse(Namespace, out _, out var fault)) yield return $"namespace: {fault}";
        if (!Path.IsPathFullyQualified(Directory) || Path.GetFullPath(Directory) == "/") yield return "directory is an absolute path.";
        foreach (var name in Templates.Keys)
            if (!SettingFiles.IsFileName(name)) yield return $"templates: '{name}' is no name of a file: letters, digits, '.', '_' and '-', not beginning with two dots, at most 255.";
        foreach (var template in Templates.Values)
            if (!Path.IsPathFullyQualified(template)) yield return $"templates: '{template}' is no absolute path.";
        if (ModeOf(Mode) is null) yield return $"mode '{Mode}' is not octal, 0000 to 0777.";
        if (ModeOf(DirectoryMode) is null) yield return $"directoryMode '{DirectoryMode}' is not octal, 0000 to 0777.";
        if (Owner is not null && !HostAccounts.TryUser(Owner, out _)) yield return $"owner '{Owner}' is no user of this host; give a number for one of a directory service.";
        if (Group is not null && !HostAccounts.TryGroup(Group, out _)) yield return $"group '{Group}' is no group of this host; give a number for one of a directory service.";
        foreach (var one in OnChange?.Faults(allowedCommands) ?? []) yield return one;
    }

    private static UnixFileMode? ModeOf(string text)
    {
        var mode = 0;
        foreach (var c in text)
        {
            if (c is < '0' or > '7' || (mode = (mode << 3) | (c - '0')) > 0x1FF) return null;
        }
        return text.Length == 0 ? null : (UnixFileMode)mode;
    }
}

/// <summary>Whom an agent tells that files have changed: a process by signal, or a program that it runs.</summary>
public sealed class ProjectionReload
{
    /// <summary>Longest run of a program; then it is killed.</summary>
    public static readonly TimeSpan CommandMax = TimeSpan.FromSeconds(30);

    /// <summary>The signal: <c>HUP</c>, <c>INT</c>, <c>USR1</c>, <c>USR2</c>, <c>TERM</c> or <c>WINCH</c>. With <see cref="PidFile"/>.</summary>
    public string? Signal { get; set; }

    /// <summary>Absolute path of the file that holds the process's id.</summary>
    public string? PidFile { get; set; }

    /// <summary>A program, by a path that the agent was told to allow, and its arguments. No shell reads them.</summary>
    public IReadOnlyList<string>? Command { get; set; }

    internal int SignalNumber => Signal switch { "HUP" => 1, "INT" => 2, "USR1" => 10, "USR2" => 12, "TERM" => 15, "WINCH" => 28, _ => 0 };

    internal IEnumerable<string> Faults(IReadOnlyCollection<string> allowedCommands)
    {
        if ((Signal is null) == (Command is null)) yield return "onChange has signal and pidFile, or command: one of them.";
        if (Signal is null != PidFile is null) yield return "onChange: signal and pidFile go together.";
        if (Signal is not null && SignalNumber == 0) yield return $"onChange: '{Signal}' is not HUP, INT, USR1, USR2, TERM or WINCH.";
        if (PidFile is not null && !Path.IsPathFullyQualified(PidFile)) yield return "onChange: pidFile is an absolute path.";
        if (Command is { Count: 0 }) yield return "onChange: command is empty.";
        if (Command is [var program, ..] && !allowedCommands.Contains(program)) yield return $"onChange: '{program}' may not be run: start the agent with --project-command {program} to allow it.";
    }
}

internal sealed record ProjectionFile(IReadOnlyList<ProjectionOptions>? Projections);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, ReadCommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true)]
[JsonSerializable(typeof(ProjectionFile))]
internal sealed partial class ProjectionJson : JsonSerializerContext;
