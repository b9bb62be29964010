// SPDX-License-Identifier: Apache-2.0
using System.Text;
using System.Text.Json;
using Heliograph.Core.Heads;
using Heliograph.Platform.Files;

namespace Heliograph.Platform.Trust;

/// <summary>What a ceremony carries from one signer to the next: <c>{"format":1,"kind":"root","realm":"…","bytes":"…"}</c>. <c>kind</c> is <c>root</c> or <c>transition</c>, <c>bytes</c> the signed message so far, in base64.</summary>
/// <remarks>Public: it holds no secret, and nothing in it is believed that signatures do not show.</remarks>
public sealed record ProposalFile(string Realm, SignedRoot? Root, SignedTransition? Transition)
{
    private const int Format = 1, BytesMax = 64 << 10;

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 2 };

    /// <summary>Reads the file.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="InvalidDataException">It is no proposal; the message says why.</exception>
    public static ProposalFile Load(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(ProtectedFile.ReadPublic(path, BytesMax), Strict);
            return Read(document.RootElement) is { } proposal ? proposal : throw new InvalidDataException($"{path}: a proposal is one JSON object with format ({Format}), kind, realm and bytes, each once.");
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{path}: a proposal is one JSON object (line {exception.LineNumber + 1}).", exception);
        }
        catch (FormatException exception)
        {
            throw new InvalidDataException($"{path}: {exception.Message}", exception);
        }
    }

    /// <summary>Writes the file, mode 0644, durable.</summary>
    /// <exception cref="IOException">It could not be written, or exists and is not to be replaced.</exception>
    public void Save(string path, bool replace)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new() { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteNumber("format", Format);
            json.WriteString("kind", Root is null ? "transition" : "root");
            json.WriteString("realm", Realm);
            json.WriteBase64String("bytes", (Root?.Bytes ?? Transition!.Bytes).Span);
            json.WriteEndObject();
        }
        ProtectedFile.Write(path, Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length) + "\n", ProtectedFile.Public, replace);
    }

    /// <summary>The proposal with one signature more.</summary>
    public ProposalFile SignedBy(IHeadSigner signer) => this with { Root = Root?.SignedBy(signer), Transition = Transition?.SignedBy(signer) };

    private static ProposalFile? Read(JsonElement file)
    {
        if (file.ValueKind != JsonValueKind.Object || file.EnumerateObject().Count() != 4 || !file.TryGetProperty("format", out var format) || format.ValueKind != JsonValueKind.Number || !format.TryGetInt32(out var version) || version != Format) return null;
        if (Text(file, "kind") is not { } kind || Text(file, "realm") is not { } realm || !file.TryGetProperty("bytes", out var text) || text.ValueKind != JsonValueKind.String || !text.TryGetBytesFromBase64(out var bytes)) return null;
        return kind switch
        {
            "root" => SignedRoot.TryParse(bytes, out var root, out var error) ? new ProposalFile(realm, root, null) : throw new FormatException(error),
            "transition" => SignedTransition.TryParse(bytes, out var transition, out var error) ? new ProposalFile(realm, null, transition) : throw new FormatException(error),
            _ => null,
        };
    }

    private static string? Text(JsonElement file, string name) => file.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
