// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;

namespace Heliograph.Cli.Audit;

/// <summary>A record of the audit log, read for people and for other systems. Members that it does not know are left alone.</summary>
internal readonly struct AuditRecordView(JsonElement record)
{
    /// <summary>What kind of record.</summary>
    public string Event => Text("event");

    /// <summary>Who, or a dash where nobody was proven.</summary>
    public string Actor => Text("actor") is { Length: > 0 } actor ? actor : "-";

    /// <summary>What happened, in a line.</summary>
    public string What => Event switch
    {
        "change" => Text("settings") is { Length: > 0 } count ? $"{Text("kind")}: {count} setting(s) at {Text("revision")}" : $"{Text("kind")} at {Text("revision")}",
        "accepted" => $"{Text("action")}, proven by {Text("by")}{(Text("credential") is { Length: > 0 } which ? $" {which}" : "")}",
        "denied" => $"{Text("action")}: {Text("reason")}",
        "denied-many" => $"{Text("proven")} of proven callers and {Text("unproven")} of others, since {Text("since")}",
        "repaired" => $"half a record was cut off: {Text("cutBytes")} bytes",
        var other => other,
    };

    /// <summary>A member's text; empty if it is absent.</summary>
    public string Text(string name) => !record.TryGetProperty(name, out var value) ? "" : value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
}
