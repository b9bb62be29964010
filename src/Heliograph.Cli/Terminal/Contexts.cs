// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Heliograph.Cli.Terminal;

/// <summary>The deployments that somebody works with, by name.</summary>
/// <param name="Current">The one in use, or <see langword="null"/>.</param>
/// <param name="Contexts">Each of them.</param>
internal sealed record ContextList(string? Current, SortedDictionary<string, RealmContext> Contexts);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(ContextList))]
internal sealed partial class ContextListJson : JsonSerializerContext;

/// <summary>The file <c>contexts.json</c> beside the one that <c>helio dev</c> writes, and the choice between them.</summary>
internal static class Contexts
{
    /// <summary>The name of the realm that <c>helio dev</c> runs.</summary>
    public const string Dev = "dev";

    /// <summary>Most characters of a name.</summary>
    public const int NameCharsMax = 64;

    /// <summary>What is wrong with a name; <see langword="null"/> if nothing.</summary>
    public static string? Fault(string name) =>
        name == Dev ? "'dev' is the realm that 'helio dev' runs; choose another name."
        : name.Length is 0 or > NameCharsMax || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.') ? $"A name has 1 to {NameCharsMax} letters, digits, '-', '_' and '.'."
        : null;

    /// <summary>Where the file is, whether or not it exists.</summary>
    /// <exception cref="CommandException">The user has no directory for it.</exception>
    public static string RequiredPath(Func<string, string?> environment) => Path(environment) ?? throw new CommandException(ExitCode.Usage, "There is no directory for the file of deployments.", next: "Set HOME or XDG_CONFIG_HOME.");

    /// <summary>Reads all of it; empty if there is no file.</summary>
    /// <exception cref="CommandException">It is there and cannot be read.</exception>
    public static ContextList Read(Func<string, string?> environment)
    {
        if (Path(environment) is not { } path || !File.Exists(path)) return new(null, []);
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), ContextListJson.Default.ContextList) is { Contexts: not null } list ? list : throw new JsonException();
        }
        catch (Exception exception) when (exception is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.Usage, "The file of deployments cannot be read.", path, "Correct it, or delete it and name the deployments anew ('helio context set').");
        }
    }

    /// <summary>Writes it whole or not at all, readable by its owner only: it may hold tokens.</summary>
    public static void Write(Func<string, string?> environment, ContextList list)
    {
        var path = RequiredPath(environment);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!);
        PrivateFile.Write(path, JsonSerializer.SerializeToUtf8Bytes(list, ContextListJson.Default.ContextList));
    }

    /// <summary>The deployment of that name; without a name that of <c>helio dev</c> while it runs, else the one in use; <see langword="null"/> if there is none.</summary>
    /// <exception cref="CommandException">There is none of that name, or a file cannot be read.</exception>
    public static RealmContext? Choose(string? name, Func<string, string?> environment)
    {
        if (name == Dev || name is null)
        {
            if (ContextFile.Read(environment) is { } dev) return dev;
            if (name == Dev) throw new CommandException(ExitCode.NotFound, "No 'helio dev' runs here.", next: "Start it, or see 'helio context list'.");
        }
        var list = Read(environment);
        if ((name ?? list.Current) is not { } wanted) return null;
        return list.Contexts.TryGetValue(wanted, out var found) ? found
            : throw new CommandException(ExitCode.NotFound, $"There is no deployment '{PrintableText.OneLine(wanted, NameCharsMax)}'.", next: $"See 'helio context list', or name it: helio context set {PrintableText.OneLine(wanted, NameCharsMax)} --server URL");
    }

    private static string? Path(Func<string, string?> environment) =>
        ContextFile.Path(environment) is { } beside ? System.IO.Path.Combine(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(beside))!, "contexts.json") : null;
}
