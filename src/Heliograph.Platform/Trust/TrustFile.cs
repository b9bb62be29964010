// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using Heliograph.Core.Heads;
using Heliograph.Platform.Files;

namespace Heliograph.Platform.Trust;

/// <summary>The file by which a follower is told what to trust: <c>{"format":1,"realm":"…","logId":"…","root":"…"}</c>.</summary>
/// <remarks><c>root</c> is the trust root's bytes in base64 and decides; <c>realm</c> and <c>logId</c> repeat what it says, for people, and must agree with it. Hand it out with the deployment, never over the network that it is to secure.</remarks>
public static class TrustFile
{
    /// <summary>The version of the format that is written and read.</summary>
    public const int Format = 1;

    /// <summary>Largest file: 64 KiB.</summary>
    public const int BytesMax = 64 << 10;

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 2 };

    /// <summary>Reads the file.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="InvalidDataException">It is not a trust file, or its parts disagree; the message says where.</exception>
    public static TrustAnchor Load(string path) =>
        TryParse(ProtectedFile.ReadPublic(path), out var anchor, out var error) ? anchor : throw new InvalidDataException($"{Path.GetFullPath(path)}: {error}");

    /// <summary>Writes the file, mode 0644, durable.</summary>
    /// <exception cref="IOException">It could not be written, or exists and is not to be replaced.</exception>
    public static void Save(string path, TrustAnchor anchor, bool replace) =>
        ProtectedFile.Write(path, ToJson(anchor), ProtectedFile.Public, replace);

    /// <summary>The file's content.</summary>
    public static string ToJson(TrustAnchor anchor)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new() { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteNumber("format", Format);
            json.WriteString("realm", anchor.Root.Realm);
            json.WriteString("logId", anchor.LogId.ToString());
            json.WriteBase64String("root", anchor.Bytes.Span);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length) + "\n";
    }

    /// <summary>Reads the content, or says what is wrong with it.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> utf8, [NotNullWhen(true)] out TrustAnchor? anchor, [NotNullWhen(false)] out string? error)
    {
        anchor = null;
        if (utf8.Length > BytesMax)
        {
            error = $"A trust file has at most {BytesMax >> 10} KiB.";
            return false;
        }
        try
        {
            using var document = JsonDocument.Parse(utf8, Strict);
            return TryRead(document.RootElement, out anchor, out error);
        }
        catch (JsonException exception)
        {
            error = $"A trust file is one JSON object with format, realm, logId and root, each once (line {exception.LineNumber + 1}).";
            return false;
        }
    }

    private static bool TryRead(JsonElement file, [NotNullWhen(true)] out TrustAnchor? anchor, [NotNullWhen(false)] out string? error)
    {
        anchor = null;
        error = Shape(file);
        if (error is not null) return false;
        if (!file.GetProperty("root").TryGetBytesFromBase64(out var root))
        {
            error = "root is not base64.";
            return false;
        }
        if (!TrustAnchor.TryParse(root, out var read, out error)) return false;
        error = !Hash256.TryParse(file.GetProperty("logId").GetString(), out var logId) ? "logId is not 64 hexadecimal digits."
            : logId != read.LogId ? "logId is not the SHA-256 of root: the file was altered, or put together from two realms."
            : file.GetProperty("realm").GetString() != read.Root.Realm ? "realm is not the one that root names."
            : null;
        if (error is not null) return false;
        anchor = read;
        return true;
    }

    private static string? Shape(JsonElement file)
    {
        if (file.ValueKind != JsonValueKind.Object) return "A trust file is one JSON object.";
        foreach (var property in file.EnumerateObject())
            if (property.Name is not ("format" or "realm" or "logId" or "root"))
                return "There is a property that this version does not know; it reads format, realm, logId and root.";
        if (!file.TryGetProperty("format", out var format) || format.ValueKind != JsonValueKind.Number || !format.TryGetInt32(out var version) || version != Format)
            return $"format must be {Format}.";
        foreach (var name in (ReadOnlySpan<string>)["realm", "logId", "root"])
            if (!file.TryGetProperty(name, out var value) || value.ValueKind != JsonValueKind.String)
                return $"{name} is missing, or not a string.";
        return null;
    }
}
