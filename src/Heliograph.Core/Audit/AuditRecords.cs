// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using Heliograph.Core.Log;
using Heliograph.Core.Wire;

namespace Heliograph.Core.Audit;

/// <summary>The chains of an origin.</summary>
public static class AuditChains
{
    /// <summary>What was changed: one record an entry of the log, the same at every origin of the realm.</summary>
    public const string Changes = "changes";

    /// <summary>What proved the authors of accepted calls: each origin's own, for the calls that it did.</summary>
    public const string Accepted = "accepted";

    /// <summary>What was refused: each origin's own.</summary>
    public const string Denied = "denied";
}

/// <summary>An attempt that was refused.</summary>
/// <param name="Actor">Who; <see langword="null"/> if nobody was proven.</param>
/// <param name="By">What proved it: <c>token</c>, <c>oidc</c>, <c>certificate</c>, <c>local</c> or <c>none</c>.</param>
/// <param name="Credential">Which one: id of the token, address of the issuer, SHA-256 of the certificate; <see langword="null"/> where that is not known. Never a secret.</param>
/// <param name="From">Address of the connection, without its port; <see langword="null"/> where it is not known.</param>
/// <param name="Action">What was asked for: method and route of the API, or the step of the sync protocol. Never what the caller wrote there.</param>
/// <param name="Namespace">Which namespace, if it is about one.</param>
/// <param name="Reason">Code of the answer.</param>
public readonly record struct DeniedAttempt(string? Actor, string By, string? Credential, string? From, string Action, NamespaceName? Namespace, string Reason);

/// <summary>A call that was done, and what proved its author. What it changed is in the record of its entry, which has the same request id.</summary>
/// <param name="Actor">Who.</param>
/// <param name="By">What proved it: <c>token</c>, <c>oidc</c>, <c>certificate</c> or <c>local</c>.</param>
/// <param name="Credential">Which one, as in <see cref="DeniedAttempt"/>.</param>
/// <param name="From">Address that it came from; <see langword="null"/> where it is not known.</param>
/// <param name="Action">Method and route.</param>
/// <param name="Request">Its request id.</param>
public readonly record struct AcceptedCall(string Actor, string By, string? Credential, string? From, string Action, string Request);

/// <summary>What the records of all chains hold. None holds a value of a setting or a secret. docs/reference/audit-log.md lists every member.</summary>
public static class AuditRecords
{
    /// <summary>Names the format and its version; stands in the first record of every file.</summary>
    public const string Format = "heliograph-audit/1";

    /// <summary>Most settings that a record of a change names; it counts the others.</summary>
    public const int SettingsNamedMax = 20;

    /// <summary>The line that begins a file.</summary>
    /// <param name="number">Number of the record before it; 0 in the first file.</param>
    /// <param name="chain">One of <see cref="AuditChains"/>.</param>
    /// <param name="logId">The realm.</param>
    /// <param name="node">Which origin; <see langword="null"/> in the chain that all of them share.</param>
    /// <param name="previous">Hash of the last line of the file before; zeros in the first.</param>
    /// <param name="setAside">Name of a damaged file that stood here, <see langword="null"/> if none did.</param>
    public static string Begin(long number, string chain, Hash256 logId, string? node, Hash256 previous, string? setAside = null) => new AuditText()
        .Add("n", number).Add("event", "begin").Add("format", Format).Add("chain", chain).Add("log", logId.ToString()).Add("node", node)
        .Add("previous", previous.ToString()).Add("setAside", setAside).ToString();

    /// <summary>The record of a change: a projection of its entry, and of nothing else.</summary>
    public static string Change(long number, LogEntry entry)
    {
        var content = entry.Content;
        var change = content.ChangeSettings;
        var text = new AuditText().Add("n", number).Add("at", entry.CommittedAt).Add("event", "change").Add("actor", content.Actor).Add("kind", Kind(content))
            .Add("namespace", content.Namespace.Length == 0 ? null : content.Namespace).Add("revision", entry.Revision.ToString()).Add("entry", entry.Hash.ToString())
            .Add("request", content.RequestId).Add("message", content.Message.Length == 0 ? null : content.Message);
        if (change is null) return text.ToString();
        if (change.RolledBackTo > 0) text.Add("rolledBackTo", (long)change.RolledBackTo);
        text.Add("settings", change.Changes.Count).BeginItems("named");
        foreach (var one in change.Changes.Take(SettingsNamedMax))
            text.BeginItem().Add("op", one.Put is null ? "delete" : "put").Add("key", one.Key).Add("label", one.Label.Length == 0 ? null : one.Label).EndItem();
        return text.EndItems().ToString();
    }

    /// <summary>The record of a refused attempt.</summary>
    public static string Denied(long number, DateTimeOffset at, in DeniedAttempt attempt) => new AuditText()
        .Add("n", number).Add("at", at).Add("event", "denied").Add("actor", attempt.Actor).Add("by", attempt.By).Add("credential", attempt.Credential).Add("from", attempt.From)
        .Add("action", attempt.Action).Add("namespace", attempt.Namespace?.Value).Add("reason", attempt.Reason).ToString();

    /// <summary>The record of a call that was done.</summary>
    public static string Accepted(long number, DateTimeOffset at, in AcceptedCall call) => new AuditText()
        .Add("n", number).Add("at", at).Add("event", "accepted").Add("actor", call.Actor).Add("by", call.By).Add("credential", call.Credential).Add("from", call.From)
        .Add("action", call.Action).Add("request", call.Request).ToString();

    /// <summary>The record of refused attempts that came faster than they are recorded one by one.</summary>
    /// <param name="number">Its number.</param>
    /// <param name="at">When it was written.</param>
    /// <param name="since">When the first of them was refused.</param>
    /// <param name="proven">How many were of callers who were proven.</param>
    /// <param name="unproven">How many were of callers who proved nobody.</param>
    public static string DeniedMany(long number, DateTimeOffset at, DateTimeOffset since, long proven, long unproven) => new AuditText()
        .Add("n", number).Add("at", at).Add("event", "denied-many").Add("since", since).Add("proven", proven).Add("unproven", unproven).ToString();

    /// <summary>The record of an origin that opened a file which ended in half a record, as a crash leaves it: that was cut off.</summary>
    public static string Repaired(long number, DateTimeOffset at, long cutBytes) => new AuditText().Add("n", number).Add("at", at).Add("event", "repaired").Add("cutBytes", cutBytes).ToString();

    /// <summary>The number of a record that was written by this code.</summary>
    public static long NumberOf(AuditLine line)
    {
        using var json = JsonDocument.Parse(line.Json);
        return json.RootElement.GetProperty("n").GetInt64();
    }

    private static string Kind(Entry content) => content.BodyCase switch
    {
        Entry.BodyOneofCase.ChangeSettings => content.ChangeSettings.RolledBackTo > 0 ? "rollback" : "settings",
        Entry.BodyOneofCase.CreateNamespace => "create-namespace",
        Entry.BodyOneofCase.AlterNamespace => "alter-namespace",
        Entry.BodyOneofCase.DeleteNamespace => "delete-namespace",
        Entry.BodyOneofCase.CreateNamedSnapshot => "create-snapshot",
        Entry.BodyOneofCase.AlterNamedSnapshot => "alter-snapshot",
        Entry.BodyOneofCase.EpochBegun => "begin-epoch",
        _ => "other",
    };
}
