// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using Heliograph.Platform.Files;

namespace Heliograph.AppConfiguration.Webhooks;

/// <summary>The operator's file of webhooks (docs/reference/webhooks.md).</summary>
public static class WebhookFile
{
    private const string SecretMark = "whsec_";

    /// <summary>Reads the file and the secrets that it names. Paths in it are relative to it.</summary>
    /// <exception cref="IOException">The file, or one that it names, cannot be read, or others may read a secret.</exception>
    /// <exception cref="InvalidDataException">It is not what it should be; the message names every fault and no secret.</exception>
    public static IReadOnlyList<WebhookOptions> Load(string path)
    {
        var (directory, faults, hooks) = (Path.GetDirectoryName(Path.GetFullPath(path))!, new List<string>(), new List<WebhookOptions>());
        Document document;
        try { document = JsonSerializer.Deserialize(ProtectedFile.ReadPublic(path), WebhookJson.Default.Document) ?? throw new JsonException("null"); }
        catch (JsonException fault) { throw new InvalidDataException($"{path} is no file of webhooks: line {fault.LineNumber + 1}, {fault.Path}."); }
        for (var i = 0; i < document.Webhooks.Count; i++) Read(document.Webhooks[i], $"webhooks[{i}]", directory, hooks, faults);
        if (document.Webhooks.Count > WebhookOptions.WebhooksMax) faults.Add($"webhooks: at most {WebhookOptions.WebhooksMax}.");
        foreach (var twice in hooks.GroupBy(hook => hook.Name, StringComparer.Ordinal).Where(group => group.Count() > 1)) faults.Add($"webhooks: the name '{twice.Key}' is there twice.");
        return faults.Count == 0 ? hooks : throw new InvalidDataException($"{path}: {string.Join(' ', faults)}");
    }

    private static void Read(Hook hook, string where, string directory, List<WebhookOptions> hooks, List<string> faults)
    {
        var networks = new List<IPNetwork>();
        foreach (var text in hook.AllowNetworks ?? [])
            if (IPNetwork.TryParse(text, out var network)) networks.Add(network);
            else faults.Add($"{where}.allowNetworks: a network such as 10.1.0.0/16 is expected.");
        if (!NamespaceName.TryParse(hook.Namespace, out var name, out var error)) faults.Add($"{where}.namespace: {error}");
        if (hook.Schema is not (null or "eventGrid" or "cloudEvents")) faults.Add($"{where}.schema: eventGrid or cloudEvents is expected.");
        if (!Uri.TryCreate(hook.Url, UriKind.Absolute, out var url) | !Uri.TryCreate(hook.Endpoint, UriKind.Absolute, out var endpoint))
        {
            faults.Add($"{where}: url and endpoint are absolute addresses.");
            return;
        }
        var made = new WebhookOptions
        {
            Name = hook.Name, Namespace = name, Url = url!, Endpoint = endpoint!, KeyPrefix = hook.KeyPrefix ?? "", AllowHttp = hook.AllowHttp, AllowNetworks = networks,
            Schema = hook.Schema == "cloudEvents" ? WebhookSchema.CloudEvents : WebhookSchema.EventGrid,
            Secret = SecretOf(ProtectedFile.ReadSecret(Path.Combine(directory, hook.SecretFile))),
            Authorities = hook.AuthorityFile is null ? null : System.Text.Encoding.UTF8.GetString(ProtectedFile.ReadPublic(Path.Combine(directory, hook.AuthorityFile))),
            Events = (hook.Events ?? []).ToHashSet(StringComparer.Ordinal),
            BatchMax = hook.BatchMax switch { null => 0, 0 => -1, var given => given.Value }, AttemptsMax = hook.AttemptsMax ?? 30,
            GiveUpAfter = TimeSpan.FromSeconds(hook.GiveUpAfterSeconds ?? 86_400), Timeout = TimeSpan.FromSeconds(hook.TimeoutSeconds ?? 5),
        };
        hooks.Add(made);
        faults.AddRange(made.Faults().Select(fault => $"{where}.{fault}"));
    }

    private static byte[] SecretOf(string text)
    {
        var base64 = text.AsSpan().Trim();
        if (base64.StartsWith(SecretMark, StringComparison.Ordinal)) base64 = base64[SecretMark.Length..];
        var bytes = new byte[base64.Length];
        return Convert.TryFromBase64Chars(base64, bytes, out var count) ? bytes[..count] : []; // nothing: too short, and refused as such
    }

    internal sealed record Document(IReadOnlyList<Hook> Webhooks);

    internal sealed record Hook(string Name, string Namespace, string Url, string Endpoint, string SecretFile)
    {
        public string? Schema { get; init; }

        public string? AuthorityFile { get; init; }

        public string? KeyPrefix { get; init; }

        public IReadOnlyList<string>? Events { get; init; }

        public IReadOnlyList<string>? AllowNetworks { get; init; }

        public bool AllowHttp { get; init; }

        public int? BatchMax { get; init; }

        public int? AttemptsMax { get; init; }

        public int? GiveUpAfterSeconds { get; init; }

        public int? TimeoutSeconds { get; init; }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true, AllowDuplicateProperties = false)]
[JsonSerializable(typeof(WebhookFile.Document))]
internal sealed partial class WebhookJson : JsonSerializerContext;
