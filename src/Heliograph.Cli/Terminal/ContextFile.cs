// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Heliograph.Cli.Terminal;

/// <summary>Where the last realm started on this machine is and how to author in it, so that commands work without options.</summary>
/// <param name="Server">Address of its REST API.</param>
/// <param name="Token">API token, or <see langword="null"/>. Sent to <paramref name="Server"/> only.</param>
/// <param name="Ca">PEM file of its certificate authority, or <see langword="null"/>.</param>
/// <param name="Trust">Its trust file, or <see langword="null"/>.</param>
/// <param name="DataDirectory">Where it keeps its data, or <see langword="null"/>.</param>
internal sealed record RealmContext(string Server, string? Token = null, string? Ca = null, string? Trust = null, string? DataDirectory = null)
{
    /// <summary>File that holds the API token, in place of <see cref="Token"/>.</summary>
    public string? TokenFile { get; init; }

    /// <summary>Whether a server is this realm's: only then is its token for it.</summary>
    public bool IsAt(Uri server) => Uri.TryCreate(Server.EndsWith('/') ? Server : Server + "/", UriKind.Absolute, out var own) && own == server;
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(RealmContext))]
internal sealed partial class ContextJson : JsonSerializerContext;

/// <summary>The file that holds a <see cref="RealmContext"/>: HELIOGRAPH_CONTEXT, or heliograph/context.json in the user's configuration directory.</summary>
internal static class ContextFile
{
    /// <summary>Where the file is, whether or not it exists; <see langword="null"/> if the user has no directory for it.</summary>
    public static string? Path(Func<string, string?> environment)
    {
        if (environment("HELIOGRAPH_CONTEXT") is { Length: > 0 } explicitPath) return explicitPath;
        if (environment("XDG_CONFIG_HOME") is { Length: > 0 } configuration) return System.IO.Path.Combine(configuration, "heliograph", "context.json");
        return environment("HOME") is { Length: > 0 } home ? System.IO.Path.Combine(home, ".config", "heliograph", "context.json") : null;
    }

    /// <summary>Reads it; <see langword="null"/> if there is none.</summary>
    /// <exception cref="CommandException">It is there and cannot be read.</exception>
    public static RealmContext? Read(Func<string, string?> environment)
    {
        if (Path(environment) is not { } path || !File.Exists(path)) return null;
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), ContextJson.Default.RealmContext);
        }
        catch (Exception exception) when (exception is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.Usage, "The context file cannot be read.", path, "Delete it, or point HELIOGRAPH_CONTEXT at another one.");
        }
    }

    /// <summary>Writes it whole or not at all, readable by its owner only: it holds a token.</summary>
    public static void Write(string path, RealmContext context)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!);
        PrivateFile.Write(path, JsonSerializer.SerializeToUtf8Bytes(context, ContextJson.Default.RealmContext));
    }

    /// <summary>Removes it if it still says <paramref name="context"/>: another realm may have been started since.</summary>
    public static void RemoveIfStill(string path, RealmContext context)
    {
        if (!File.Exists(path)) return;
        if (JsonSerializer.SerializeToUtf8Bytes(context, ContextJson.Default.RealmContext).AsSpan().SequenceEqual(File.ReadAllBytes(path))) File.Delete(path);
    }
}
