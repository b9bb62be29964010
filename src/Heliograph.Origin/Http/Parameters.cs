// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using Microsoft.OpenApi;

namespace Heliograph.Origin.Http;

/// <summary>What the API's parameters are and mean, for /openapi/v1.json. A name means the same wherever it stands.</summary>
internal static class Parameters
{
    /// <summary>A parameter's shape and meaning.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No parameter of that name is known.</exception>
    public static (OpenApiSchema Schema, string Meaning) Of(string name) => name switch
    {
        "ns" or "namespace" => (Text(Limits.NamespaceNameCharsMax), "Name of a namespace."),
        "id" => (Text(Limits.ActorCharsMax), "Id of a token, of an access key, of a change request, or of an instance."),
        "instance" => (Text(Limits.ActorCharsMax), "Id of an instance."),
        "scope" => (Text(Limits.NamespaceNameCharsMax + 2), "A namespace, a prefix ending in '.*', or '*'."),
        "status" => (new() { Type = JsonSchemaType.String, Enum = ["open", "approved", "committed", "rejected", "failed", "expired"] }, "Only those that stand there."),
        "key" => (Text(Limits.KeyCharsMax), "Key of a setting."),
        "label" => (Text(Limits.LabelCharsMax), "Label of a setting; empty: none."),
        "message" => (Text(Limits.MessageCharsMax), "Why, for the history."),
        "prefix" => (Text(Limits.KeyCharsMax), "Only what begins with it."),
        "archived" => (Flag(), "Archived ones as well."),
        "dryRun" => (Flag(), "Say what it would do, and do nothing."),
        "restore" => (Flag(), "Bring back what stood before the pin, in the same entry."),
        "limit" => (Whole(1, 1_000, 100), "Most items of a page."),
        "after" => (Text(4_096), "The 'next' of the page before; at a watch, the revision that the caller has."),
        "at" or "from" or "to" or "revision" or "before" or "expectedRevision" or OriginApi.MinRevisionHeader or "Last-Event-ID" => (Revision(), RevisionMeaning(name)),
        "chain" => (new() { Type = JsonSchemaType.String, Enum = ["changes", "accepted", "denied"] }, "Which audit chain; changes by default."),
        "sinceSeconds" => (new() { Type = JsonSchemaType.Integer, Minimum = "1", Maximum = "31622400" }, "Only what was committed so long ago or less, by the origin's clock."),
        "percent" => (new() { Type = JsonSchemaType.Number, Minimum = "0", Maximum = "100" }, "Share of the connected instances, above 0; 100 by default."),
        "timeoutSeconds" => (Whole(1, 60, 30), "Longest wait."),
        "Idempotency-Key" => (Text(Limits.RequestIdCharsMax), "One effect at most for one key: repeat with the same one."),
        OriginApi.ConsistencyHeader => (Text(null), "linearizable: see everything that was acknowledged anywhere before."),
        "If-Match" => (Text(null), "The etag that the setting must have, in quotes; *: it must exist."),
        "If-None-Match" => (Text(null), "At a read, etags that the caller has; at a change, *: it must not exist."),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "Say here what this parameter is."),
    };

    private static string RevisionMeaning(string name) => name switch
    {
        "before" => "Only what is older: the 'next' of the page before.",
        OriginApi.MinRevisionHeader => "Wait up to 2 s until this revision of the log is there.",
        "Last-Event-ID" => "Id of the last event seen; stands above 'after'.",
        "from" => "Revision to compare from.",
        "to" => "Revision to compare with; the newest by default.",
        "expectedRevision" => "The namespace's revision that the caller saw; refused if it moved.",
        "at" => "As it stood at this revision of the log.",
        _ => "Revision to wait for.",
    };

    private static OpenApiSchema Text(int? charsMax) => new() { Type = JsonSchemaType.String, MaxLength = charsMax };

    private static OpenApiSchema Flag() => new() { Type = JsonSchemaType.Boolean, Default = false };

    private static OpenApiSchema Revision() => new() { Type = JsonSchemaType.String, Pattern = @"^\d+\.\d+$" };

    private static OpenApiSchema Whole(int min, int max, int otherwise) => new()
    {
        Type = JsonSchemaType.Integer,
        Minimum = min.ToString(CultureInfo.InvariantCulture),
        Maximum = max.ToString(CultureInfo.InvariantCulture),
        Default = otherwise,
    };
}
