// SPDX-License-Identifier: Apache-2.0
using System.Text;

namespace Heliograph.Cli.Audit;

/// <summary>A record in ArcSight's Common Event Format, version 0: a header of eight fields, then extensions <c>name=value</c>.</summary>
internal static class CommonEvent
{
    /// <summary>The record as a line.</summary>
    public static string Line(AuditRecordView record, string hash)
    {
        var (name, severity) = record.Event switch
        {
            "change" => ("Configuration changed", 3),
            "accepted" => ("Call accepted", 2),
            "denied" => ("Attempt denied", 6),
            "denied-many" => ("Attempts denied", 7),
            _ => ("Audit log repaired", 8),
        };
        var line = new StringBuilder($"CEF:0|Heliograph|origin|1|{Header(record.Event)}|{name}|{severity}|");
        Add(line, "rt", record.Text("at"));
        Add(line, "suser", record.Text("actor"));
        Add(line, "src", record.Text("from"));
        Add(line, "act", record.Event == "change" ? record.Text("kind") : record.Text("action"));
        Add(line, "reason", record.Text("reason"));
        Add(line, "externalId", record.Text("n"));
        Add(line, "msg", record.Event == "change" ? record.Text("message") : record.What);
        Add(line, "cs1Label", "namespace");
        Add(line, "cs1", record.Text("namespace"));
        Add(line, "cs2Label", "revision");
        Add(line, "cs2", record.Text("revision"));
        Add(line, "cs3Label", "hash");
        Add(line, "cs3", hash);
        return line.ToString(0, line.Length - 1);
    }

    private static void Add(StringBuilder line, string name, string value)
    {
        if (value.Length == 0) return;
        line.Append(name).Append('=');
        line.Append(value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("=", "\\=", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal).Replace("\r", "\\r", StringComparison.Ordinal));
        line.Append(' ');
    }

    private static string Header(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("|", "\\|", StringComparison.Ordinal);
}
