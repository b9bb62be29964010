// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Heliograph.AppConfiguration.Http;

/// <summary>Refusals, byte for byte where clients compare them.</summary>
internal static class Problems
{
    /// <summary>Media type of problem bodies.</summary>
    public const string MediaType = "application/problem+json; charset=utf-8";

    private const string Types = "https://azconfig.io/errors/";

    /// <summary>404 and 412 have no body at all.</summary>
    public static Answer NotFound { get; } = new(404);

    /// <inheritdoc cref="NotFound"/>
    public static Answer PreconditionFailed { get; } = new(412);

    /// <summary>A snapshot of that name is there: a client's test compares the text.</summary>
    public static Answer AlreadyExists { get; } = new(409)
    {
        Body = """{"type":"https://azconfig.io/errors/already-exists","title":"The resource already exists.","status":409,"detail":""}"""u8.ToArray(),
        ContentType = MediaType,
    };

    /// <summary>A parameter is not what it should be.</summary>
    public static Answer InvalidParameter(string name, string detail) => Of(400, "invalid-argument", $"Invalid request parameter '{name}'", name, detail);

    /// <summary>The api-version is missing or not known.</summary>
    public static Answer ApiVersion(string title) => Of(400, "invalid-argument", title, "api-version", title switch
    {
        "API version is not specified" => "An API version is required, but was not specified.",
        "Ambiguous API version" => "The API version was given more than once.",
        _ => "The HTTP resource that matches the request URI does not support the API version that was given.",
    });

    /// <summary>A locked key-value was to be changed. The title's spelling is the service's.</summary>
    public static Answer KeyLocked(string key) => Of(409, "key-locked", $"Modifing key '{key}' is not allowed", key, "The key is read-only. To allow modification unlock it first.");

    /// <summary>A snapshot is not in a state in which this can be done.</summary>
    public static Answer InvalidState(string detail) => Of(409, "invalid-state", "Target resource state invalid.", null, detail);

    /// <summary>More is asked than can be done now.</summary>
    public static Answer TooManyRequests(TimeSpan retryAfter) => new(429)
    {
        Body = """{"type":"https://azconfig.io/errors/too-many-requests","title":"Resource utilization has surpassed the assigned quota","policy":"Total Requests","status":429}"""u8.ToArray(),
        ContentType = MediaType,
        RetryAfter = retryAfter,
    };

    /// <summary>Not now.</summary>
    public static Answer Unavailable(string detail, TimeSpan retryAfter) => Of(503, null, "Service unavailable", null, detail, retryAfter);

    /// <summary>The request is proven, and may not do this.</summary>
    public static Answer Forbidden(string detail) => Of(403, null, "Forbidden", null, detail);

    /// <summary>The method is not for this resource.</summary>
    public static Answer MethodNotAllowed(string allowed) => new(405) { Headers = [new("Allow", allowed)] };

    /// <summary>A key-value, or a body, is too large.</summary>
    public static Answer TooLarge(string detail) => Of(413, null, "Payload too large", null, detail);

    /// <summary>The body is of a type that is not read here.</summary>
    public static Answer UnsupportedMediaType { get; } = Of(415, null, "Unsupported media type", null, "Send application/json or the resource's own JSON media type.");

    /// <summary>The requested range holds no item.</summary>
    public static Answer RangeNotSatisfiable(int total) => new(416) { Headers = [new("Content-Range", $"items */{total}")] };

    /// <summary>The caller has not proven who they are.</summary>
    /// <param name="description">Why not; <see langword="null"/> if nothing was shown.</param>
    public static Answer Unauthorized(string? description) => new(401)
    {
        Headers = [new("WWW-Authenticate", description is null ? "HMAC-SHA256, Bearer" : $"HMAC-SHA256 error=\"invalid_token\" error_description=\"{description}\", Bearer")],
    };

    private static Answer Of(int status, string? type, string title, string? name, string detail, TimeSpan? retryAfter = null)
    {
        var body = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(body, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("type", type is null ? "about:blank" : Types + type);
            json.WriteString("title", title);
            if (name is not null) json.WriteString("name", name);
            json.WriteString("detail", detail);
            json.WriteNumber("status", status);
            json.WriteEndObject();
        }
        return new(status) { Body = body.WrittenMemory, ContentType = MediaType, RetryAfter = retryAfter };
    }
}
