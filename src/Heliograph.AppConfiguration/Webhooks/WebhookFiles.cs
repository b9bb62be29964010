// SPDX-License-Identifier: Apache-2.0
using System.Text;
using System.Text.Json;
using Heliograph.Platform.Files;

namespace Heliograph.AppConfiguration.Webhooks;

/// <summary>What a webhook keeps on disk: how far it has come, and what it gave up. In <c>webhooks</c> of the data directory, mode 0600; documented in docs/reference/webhooks.md.</summary>
internal sealed class WebhookFiles
{
    /// <summary>The folder in the data directory.</summary>
    public const string FolderName = "webhooks";

    /// <summary>Largest file of dead letters; it then becomes <c>….1</c>, in place of the one before.</summary>
    public const int DeadLettersBytesMax = 4 << 20;

    private readonly string _cursor, _deadLetters;

    public WebhookFiles(string dataDirectory, string name)
    {
        var folder = Path.Combine(dataDirectory, FolderName);
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
        else Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        (_cursor, _deadLetters) = (Path.Combine(folder, $"{name}.cursor"), Path.Combine(folder, $"{name}.dead-letters"));
    }

    /// <summary>Where it was; <see langword="null"/> if it was never here.</summary>
    /// <exception cref="IOException">The file cannot be read, or holds something else.</exception>
    public WebhookCursor? ReadCursor()
    {
        if (!File.Exists(_cursor)) return null;
        var parts = ProtectedFile.ReadSecret(_cursor).Trim().Split(' ');
        if (parts is [var at, var index] && Revision.TryParse(at, out var revision) && (index == "*" || int.TryParse(index, out _))) return new(revision, index == "*" ? WebhookCursor.Whole : int.Parse(index, System.Globalization.CultureInfo.InvariantCulture));
        throw new IOException($"{_cursor} is no webhook's cursor. Remove it to begin with what comes now.");
    }

    /// <summary>Keeps it: durable when this returns.</summary>
    /// <exception cref="IOException">It could not be written; the one before is still there.</exception>
    public void WriteCursor(WebhookCursor cursor) =>
        ProtectedFile.Write(_cursor, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{cursor.Revision} {(cursor.Index == WebhookCursor.Whole ? "*" : cursor.Index)}\n"), ProtectedFile.OwnerOnly, replace: true);

    /// <summary>Notes what was given up, one line of JSON: the events, which hold no values.</summary>
    /// <exception cref="IOException">It could not be written.</exception>
    public void AddDeadLetter(DateTimeOffset now, string reason, int attempts, string contentType, ReadOnlyMemory<byte> body)
    {
        if (new FileInfo(_deadLetters) is { Exists: true, Length: > DeadLettersBytesMax }) File.Move(_deadLetters, $"{_deadLetters}.1", overwrite: true);
        var line = JsonSerializer.Serialize(new DeadLetter(now, reason, attempts, contentType, Encoding.UTF8.GetString(body.Span)), DeadLetterJson.Default.DeadLetter);
        var options = new FileStreamOptions { Mode = FileMode.Append, Access = FileAccess.Write, Share = FileShare.Read };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = ProtectedFile.OwnerOnly;
        using var stream = new FileStream(_deadLetters, options);
        stream.Write(Encoding.UTF8.GetBytes(line + "\n"));
        stream.Flush(flushToDisk: true);
    }
}

/// <summary>A line of the file of dead letters.</summary>
internal sealed record DeadLetter(DateTimeOffset At, string Reason, int Attempts, string ContentType, string Body);

[System.Text.Json.Serialization.JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[System.Text.Json.Serialization.JsonSerializable(typeof(DeadLetter))]
internal sealed partial class DeadLetterJson : System.Text.Json.Serialization.JsonSerializerContext;
