// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Heliograph.AppConfiguration.Http;
using Heliograph.AppConfiguration.KeyValues;

namespace Heliograph.AppConfiguration.Webhooks;

/// <summary>Events as the contract writes them: Event Grid's envelope, or CloudEvents 1.0.</summary>
internal static class EventEnvelope
{
    public const string EventGridMediaType = "application/json; charset=utf-8", CloudEventMediaType = "application/cloudevents+json; charset=utf-8", CloudEventsMediaType = "application/cloudevents-batch+json; charset=utf-8";

    private const string TypePrefix = "Microsoft.AppConfiguration.";
    private const string ValidationType = "Microsoft.EventGrid.SubscriptionValidationEvent";

    /// <summary>The body of a request, and its type.</summary>
    public static (ReadOnlyMemory<byte> Body, string ContentType) Write(WebhookOptions hook, EventBatch batch)
    {
        var isOne = hook.Schema == WebhookSchema.CloudEvents && hook.BatchMax == 1;
        var body = new ArrayBufferWriter<byte>(512 * batch.Events.Count);
        using (var json = new Utf8JsonWriter(body, KeyValueJson.Options))
        {
            if (!isOne) json.WriteStartArray();
            foreach (var one in batch.Events) Write(json, hook, batch, one);
            if (!isOne) json.WriteEndArray();
        }
        return (body.WrittenMemory, hook.Schema == WebhookSchema.EventGrid ? EventGridMediaType : isOne ? CloudEventMediaType : CloudEventsMediaType);
    }

    /// <summary>Event Grid's question whether the receiver wants events: it answers with the code.</summary>
    public static ReadOnlyMemory<byte> WriteValidation(WebhookOptions hook, string code, DateTimeOffset now)
    {
        var body = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(body, KeyValueJson.Options))
        {
            json.WriteStartArray();
            json.WriteStartObject();
            json.WriteString("id"u8, Guid.NewGuid().ToString());
            json.WriteString("topic"u8, TopicOf(hook));
            json.WriteString("subject"u8, "");
            json.WriteStartObject("data"u8);
            json.WriteString("validationCode"u8, code);
            json.WriteEndObject();
            json.WriteString("eventType"u8, ValidationType);
            json.WriteString("eventTime"u8, Time(now));
            json.WriteString("metadataVersion"u8, "1");
            json.WriteString("dataVersion"u8, "1");
            json.WriteEndObject();
            json.WriteEndArray();
        }
        return body.WrittenMemory;
    }

    /// <summary>The id of an event: the same whenever it is sent, so that a receiver can tell that it had it.</summary>
    public static string IdOf(WebhookOptions hook, Revision revision, int index) => string.Create(CultureInfo.InvariantCulture, $"{hook.Namespace}/{revision}/{index}");

    private static void Write(Utf8JsonWriter json, WebhookOptions hook, EventBatch batch, StoreEvent one)
    {
        var isCloud = hook.Schema == WebhookSchema.CloudEvents;
        json.WriteStartObject();
        json.WriteString("id"u8, IdOf(hook, batch.Revision, one.Index));
        json.WriteString(isCloud ? "source"u8 : "topic"u8, TopicOf(hook));
        json.WriteString("subject"u8, SubjectOf(hook, one));
        json.WriteStartObject("data"u8);
        json.WriteString(one.IsOfSnapshot ? "name"u8 : "key"u8, one.Name);
        if (!one.IsOfSnapshot) json.WriteString("label"u8, one.Label);
        json.WriteString("etag"u8, one.ETag);
        json.WriteString("syncToken"u8, SyncToken.Format(batch.Revision));
        json.WriteEndObject();
        json.WriteString(isCloud ? "type"u8 : "eventType"u8, TypePrefix + one.Type);
        json.WriteString(isCloud ? "time"u8 : "eventTime"u8, Time(batch.At));
        if (isCloud)
        {
            json.WriteString("specversion"u8, "1.0");
            json.WriteString("datacontenttype"u8, "application/json");
        }
        else
        {
            json.WriteString("dataVersion"u8, "2");
            json.WriteString("metadataVersion"u8, "1");
        }
        json.WriteEndObject();
    }

    private static string TopicOf(WebhookOptions hook) => $"/namespaces/{hook.Namespace}";

    private static string SubjectOf(WebhookOptions hook, StoreEvent one) =>
        $"{hook.Endpoint.GetLeftPart(UriPartial.Authority)}/{(one.IsOfSnapshot ? "snapshots" : "kv")}/{Uri.EscapeDataString(one.Name)}{(one.Label is null ? "" : $"?label={Uri.EscapeDataString(one.Label)}")}";

    private static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
