// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using System.Text.Json.Serialization;
using Heliograph.Platform.Files;

namespace Heliograph.Origin.Recovery;

/// <summary>The file <c>restore.json</c> of a data directory: its log is being restored, or was and is not released. While it is there no origin starts.</summary>
/// <param name="LogId">Which log.</param>
/// <param name="State">For people: how far it has got.</param>
internal sealed record RestoreRecord(string LogId, string State)
{
    /// <summary>It is not whole yet.</summary>
    public const string BeingRestored = "being restored";

    /// <summary>It is whole, and may not be all that was ever signed.</summary>
    public const string Unproven = "restored, and not proven to be all that was signed";

    /// <summary>It goes on in a new epoch, and not every step of that is done.</summary>
    public const string Recovering = "being recovered";

    /// <summary>Name of the file.</summary>
    public const string FileName = "restore.json";

    /// <summary>Why no origin may start in a directory; <see langword="null"/> if one may.</summary>
    public static string? FaultOf(string directory) =>
        File.Exists(Path.Combine(directory, FileName)) ? $"{directory} holds a log that is being restored, or was and nothing proves yet that it holds everything that was signed. Run the same 'helio restore' (or 'helio recover') again: it goes on, or says what is missing (docs/runbooks/restore.md)." : null;

    /// <summary>Which log a directory's record is of; <see langword="null"/> if there is none.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public static string? LogIdIn(string directory) => In(directory)?.LogId;

    /// <summary>A directory's record; <see langword="null"/> if there is none.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public static RestoreRecord? In(string directory)
    {
        var path = Path.Combine(directory, FileName);
        if (!File.Exists(path)) return null;
        try { return JsonSerializer.Deserialize(ProtectedFile.ReadPublic(path), RestoreJson.Default.RestoreRecord); }
        catch (JsonException exception) { throw new InvalidDataException($"{path} is damaged. If nothing else in the directory is needed, empty it and begin anew.", exception); }
    }

    /// <summary>Writes it, durably.</summary>
    public void Save(string directory) => ProtectedFile.Write(Path.Combine(directory, FileName), JsonSerializer.Serialize(this, RestoreJson.Default.RestoreRecord) + "\n", ProtectedFile.OwnerOnly, replace: true);

    /// <summary>Takes it away: an origin may start.</summary>
    public static void Remove(string directory) => File.Delete(Path.Combine(directory, FileName));
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(RestoreRecord))]
internal sealed partial class RestoreJson : JsonSerializerContext;
