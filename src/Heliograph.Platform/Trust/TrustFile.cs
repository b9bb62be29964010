// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using Heliograph.Core.Heads;
using Heliograph.Platform.Files;

namespace Heliograph.Platform.Trust;

/// <summary>The file by which a follower is told what to trust: <c>{"format":1,"realm":"…","logId":"…","root":"…"}</c>; with later roots or transitions format 2, which adds <c>"roots":["…"],"transitions":["…"]</c>.</summary>
/// <remarks><c>root</c> is the trust root's bytes in base64 and decides; <c>realm</c> and <c>logId</c> repeat what it says, for people, and must agree with it. Hand it out with the deployment, never over the network that it is to secure.</remarks>
public static class TrustFile
{
    /// <summary>The format of a file that pins the first root alone.</summary>
    public const int Format = 1;

    /// <summary>The format of a file with later roots and transitions.</summary>
    public const int GrownFormat = 2;

    /// <summary>Largest file: 1 MiB.</summary>
    public const int BytesMax = 1 << 20;

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 3 };

    /// <summary>Reads the file.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="InvalidDataException">It is not a trust file, or its parts disagree; the message says where.</exception>
    public static TrustAnchor Load(string path) => LoadTrust(path).Roots.Anchor;

    /// <summary>Reads the file, with the roots and transitions in it, each of which is verified.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="InvalidDataException">It is not a trust file, or its parts disagree; the message says where.</exception>
    public static RealmTrust LoadTrust(string path) =>
        TryParseTrust(ProtectedFile.ReadPublic(path, BytesMax), out var trust, out var error) ? trust : throw new InvalidDataException($"{Path.GetFullPath(path)}: {error}");

    /// <summary>Writes the file, mode 0644, durable.</summary>
    /// <exception cref="IOException">It could not be written, or exists and is not to be replaced.</exception>
    public static void Save(string path, TrustAnchor anchor, bool replace) =>
        ProtectedFile.Write(path, ToJson(anchor), ProtectedFile.Public, replace);

    /// <summary>Writes the file, mode 0644, durable.</summary>
    /// <exception cref="IOException">It could not be written, or exists and is not to be replaced.</exception>
    public static void Save(string path, RealmTrust trust, bool replace) =>
        ProtectedFile.Write(path, ToJson(trust), ProtectedFile.Public, replace);

    /// <summary>The file's content.</summary>
    public static string ToJson(TrustAnchor anchor) => ToJson(RealmTrust.From(anchor));

    /// <summary>The file's content: of format 1, which every version reads, as long as the first root stands alone.</summary>
    public static string ToJson(RealmTrust trust)
    {
        var (anchor, later, transitions) = (trust.Roots.Anchor, trust.Roots.Later, trust.Epochs.Transitions);
        var isGrown = later.Count + transitions.Count > 0;
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new() { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteNumber("format", isGrown ? GrownFormat : Format);
            json.WriteString("realm", anchor.Root.Realm);
            json.WriteString("logId", anchor.LogId.ToString());
            json.WriteBase64String("root", anchor.Bytes.Span);
            if (isGrown)
            {
                Write(json, "roots", later.Select(root => root.Bytes));
                Write(json, "transitions", transitions.Select(transition => transition.Bytes));
            }
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length) + "\n";
    }

    /// <summary>Reads the pinned root out of the content, or says what is wrong with it.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> utf8, [NotNullWhen(true)] out TrustAnchor? anchor, [NotNullWhen(false)] out string? error)
    {
        anchor = null;
        if (!TryParseTrust(utf8, out var trust, out error)) return false;
        anchor = trust.Roots.Anchor;
        return true;
    }

    /// <summary>Reads the content, verifying each root and transition in it, or says what is wrong.</summary>
    public static bool TryParseTrust(ReadOnlyMemory<byte> utf8, [NotNullWhen(true)] out RealmTrust? trust, [NotNullWhen(false)] out string? error)
    {
        trust = null;
        if (utf8.Length > BytesMax)
        {
            error = $"A trust file has at most {BytesMax >> 10} KiB.";
            return false;
        }
        try
        {
            using var document = JsonDocument.Parse(utf8, Strict);
            return TryRead(document.RootElement, out trust, out error);
        }
        catch (JsonException exception)
        {
            error = $"A trust file is one JSON object with format, realm, logId and root, each once, and roots and transitions if there are any (line {exception.LineNumber + 1}).";
            return false;
        }
    }

    private static void Write(Utf8JsonWriter json, string name, IEnumerable<ReadOnlyMemory<byte>> parts)
    {
        json.WriteStartArray(name);
        foreach (var part in parts) json.WriteBase64StringValue(part.Span);
        json.WriteEndArray();
    }

    private static bool TryRead(JsonElement file, [NotNullWhen(true)] out RealmTrust? trust, [NotNullWhen(false)] out string? error)
    {
        trust = null;
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
        var grown = RealmTrust.From(read);
        error = AddRoots(file, ref grown) ?? AddTransitions(file, ref grown);
        if (error is not null) return false;
        trust = grown;
        return true;
    }

    private static string? AddRoots(JsonElement file, ref RealmTrust trust)
    {
        if (!file.TryGetProperty("roots", out var roots)) return null;
        foreach (var item in roots.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.String || !item.TryGetBytesFromBase64(out var bytes)) return "an item of roots is not base64.";
            var verdict = trust.Roots.Extend(bytes);
            if (verdict.Refusal is { } refusal) return $"a root does not follow from the one before it: {refusal.Detail}";
            trust = trust with { Roots = verdict.Value! };
        }
        return null;
    }

    /// <summary>The operator's own word: that recovery keys signed a transition was asked when it came into the file, and they may have been replaced since.</summary>
    private static string? AddTransitions(JsonElement file, ref RealmTrust trust)
    {
        if (!file.TryGetProperty("transitions", out var transitions)) return null;
        foreach (var item in transitions.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.String || !item.TryGetBytesFromBase64(out var bytes)) return "an item of transitions is not base64.";
            var verdict = trust.Epochs.Restore(trust.Roots, bytes);
            if (verdict.Refusal is { } refusal) return $"a transition does not follow from the one before it: {refusal.Detail}";
            trust = trust with { Epochs = verdict.Value! };
        }
        return null;
    }

    private static string? Shape(JsonElement file)
    {
        if (file.ValueKind != JsonValueKind.Object) return "A trust file is one JSON object.";
        if (!file.TryGetProperty("format", out var format) || format.ValueKind != JsonValueKind.Number || !format.TryGetInt32(out var version) || version is not (Format or GrownFormat))
            return $"format must be {Format} or {GrownFormat}.";
        foreach (var property in file.EnumerateObject())
            if (property.Name is not ("format" or "realm" or "logId" or "root") && (version == Format || property.Name is not ("roots" or "transitions")))
                return "There is a property that this version does not know; it reads format, realm, logId and root, and in format 2 roots and transitions.";
        foreach (var name in (ReadOnlySpan<string>)["roots", "transitions"])
            if (version == GrownFormat && (!file.TryGetProperty(name, out var list) || list.ValueKind != JsonValueKind.Array))
                return $"{name} is missing, or not a list.";
        foreach (var name in (ReadOnlySpan<string>)["realm", "logId", "root"])
            if (!file.TryGetProperty(name, out var value) || value.ValueKind != JsonValueKind.String)
                return $"{name} is missing, or not a string.";
        return null;
    }
}
