// SPDX-License-Identifier: Apache-2.0
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Heliograph.Platform.Files;

namespace Heliograph.Origin.Oidc;

/// <summary>The operator's file of OpenID Connect issuers (docs/reference/oidc.md).</summary>
public static class OidcFile
{
    /// <summary>Reads the file and those that it names. Paths in it are relative to it.</summary>
    /// <exception cref="IOException">The file, or one that it names, cannot be read.</exception>
    /// <exception cref="InvalidDataException">It is not what it should be; the message names every fault.</exception>
    public static IReadOnlyList<OidcIssuer> Load(string path)
    {
        var (directory, faults, issuers) = (Path.GetDirectoryName(Path.GetFullPath(path))!, new List<string>(), new List<OidcIssuer>());
        Document document;
        try { document = JsonSerializer.Deserialize(ProtectedFile.ReadPublic(path), OidcJson.Default.Document) ?? throw new JsonException("null"); }
        catch (JsonException fault) { throw new InvalidDataException($"{path} is no file of issuers: line {fault.LineNumber + 1}, {fault.Path}."); }
        if (document.Issuers.Count is 0 or > OidcIssuer.IssuersMax) faults.Add($"issuers: 1 to {OidcIssuer.IssuersMax}.");
        foreach (var (one, i) in document.Issuers.Select((one, i) => (one, i)))
        {
            var issuer = Read(one, directory);
            issuers.Add(issuer);
            faults.AddRange(issuer.Faults().Select(fault => $"issuers[{i}].{fault}"));
            if (issuer.KeysFile is { } keys && OidcKeySet.TryRead(ProtectedFile.ReadPublic(keys, OidcKeySet.BytesMax), out _) is { } wrong) faults.Add($"issuers[{i}].keysFile: {wrong}");
        }
        foreach (var twice in issuers.GroupBy(issuer => issuer.Name, StringComparer.Ordinal).Where(group => group.Count() > 1)) faults.Add($"issuers: the name '{twice.Key}' is there twice.");
        foreach (var twice in issuers.GroupBy(issuer => issuer.Issuer, StringComparer.Ordinal).Where(group => group.Count() > 1)) faults.Add($"issuers: the issuer '{twice.Key}' is there twice.");
        return faults.Count == 0 ? issuers : throw new InvalidDataException($"{path}: {string.Join(' ', faults)}");
    }

    private static OidcIssuer Read(Entry entry, string directory) => new()
    {
        Name = entry.Name, Issuer = entry.Issuer, Audience = entry.Audience, SubjectClaim = entry.SubjectClaim ?? "sub",
        KeysFile = entry.KeysFile is null ? null : Path.Combine(directory, entry.KeysFile),
        Authorities = entry.AuthorityFile is null ? null : Encoding.UTF8.GetString(ProtectedFile.ReadPublic(Path.Combine(directory, entry.AuthorityFile))),
        Claims = entry.Claims ?? new Dictionary<string, string>(),
        Algorithms = entry.Algorithms ?? OidcIssuer.AlgorithmsKnown,
        ClockSkew = TimeSpan.FromSeconds(entry.ClockSkewSeconds ?? 60), LifetimeMax = TimeSpan.FromSeconds(entry.LifetimeMaxSeconds ?? 86_400), KeysKeptFor = TimeSpan.FromSeconds(entry.KeysKeptSeconds ?? 86_400),
    };

    internal sealed record Document(IReadOnlyList<Entry> Issuers);

    internal sealed record Entry(string Name, string Issuer, string Audience)
    {
        public string? KeysFile { get; init; }

        public string? AuthorityFile { get; init; }

        public string? SubjectClaim { get; init; }

        public IReadOnlyDictionary<string, string>? Claims { get; init; }

        public IReadOnlyList<string>? Algorithms { get; init; }

        public int? ClockSkewSeconds { get; init; }

        public int? LifetimeMaxSeconds { get; init; }

        public int? KeysKeptSeconds { get; init; }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true, AllowDuplicateProperties = false)]
[JsonSerializable(typeof(OidcFile.Document))]
internal sealed partial class OidcJson : JsonSerializerContext;
