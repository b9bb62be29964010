// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using Heliograph.FeatureFlags;
using Heliograph.FeatureFlags.Evaluation;
using Heliograph.OpenFeature.Flags;

namespace Heliograph.OpenFeature.Ofrep;

/// <summary>Evaluates flags into OFREP's results.</summary>
internal sealed class EvaluationAnswer(FlagEvaluator evaluator, TimeProvider time)
{
    /// <summary>Writes the result of a flag, or why there is none.</summary>
    /// <returns>Whether there is one.</returns>
    public bool Write(Utf8JsonWriter json, FlagEntry entry, FlagContext context)
    {
        if (entry.Flag is not { } flag)
        {
            WriteError(json, entry.Name, "PARSE_ERROR", $"The flag cannot be read: {string.Join("; ", entry.Faults)}.");
            return false;
        }
        try
        {
            WriteResult(json, flag, evaluator.Evaluate(flag, context, time.GetUtcNow()));
            return true;
        }
        catch (UnknownFilterException fault)
        {
            WriteError(json, entry.Name, "GENERAL", fault.Message);
            return false;
        }
    }

    /// <summary>Writes an error.</summary>
    public static void WriteError(Utf8JsonWriter json, string? key, string code, string details)
    {
        json.WriteStartObject();
        if (key is not null) json.WriteString("key"u8, key);
        json.WriteString("errorCode"u8, code);
        json.WriteString("errorDetails"u8, details);
        json.WriteEndObject();
    }

    private static void WriteResult(Utf8JsonWriter json, FeatureFlag flag, FlagResult result)
    {
        json.WriteStartObject();
        json.WriteString("key"u8, flag.Id);
        json.WritePropertyName("value"u8);
        if (result.Variant?.Value is { } value) value.WriteTo(json);
        else json.WriteBooleanValue(result.IsEnabled);
        json.WriteString("reason"u8, result.Reason switch
        {
            FlagReason.Static => "STATIC",
            FlagReason.Disabled => "DISABLED",
            FlagReason.TargetingMatch => "TARGETING_MATCH",
            FlagReason.Split => "SPLIT",
            _ => "DEFAULT",
        });
        json.WriteString("variant"u8, result.Variant?.Name ?? (result.IsEnabled ? "on" : "off"));
        json.WriteStartObject("metadata"u8);
        json.WriteBoolean("enabled"u8, result.IsEnabled);
        foreach (var (name, text) in flag.Metadata)
            if (name != "enabled") json.WriteString(name, text);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
