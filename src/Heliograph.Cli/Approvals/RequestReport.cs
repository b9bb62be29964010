// SPDX-License-Identifier: Apache-2.0
using Heliograph.Cli.Api;
using Heliograph.Cli.Authoring;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Approvals;

/// <summary>Tells of a change request.</summary>
internal static class RequestReport
{
    /// <summary>The request for people: where it stands, what it asks for, what stands in its way.</summary>
    public static void Describe(Output output, ChangeRequestView it)
    {
        output.Line($"{it.Id} for {it.Namespace}, by {PrintableText.OneLine(it.Author, 256)}: {Standing(it)}.");
        if (it.Message.Length > 0) output.Line($"  why: {PrintableText.OneLine(it.Message, 200)}");
        if (it.To is { } to) output.Line($"  rolls back to {to}");
        ChangeReport.Diff(output, it.Diff ?? []);
        if (it.Obstacle is { } obstacle) output.Line($"  it cannot be committed now: {obstacle}");
    }

    private static string Standing(ChangeRequestView it) => it.Status switch
    {
        "open" => $"open until {it.ExpiresAt.UtcDateTime:yyyy-MM-dd HH:mm} UTC, {it.Approvals.Count} of {it.ApprovalsNeeded} approval(s){Names(it)}",
        "committed" => $"committed as {it.Revision}{Names(it)}",
        "rejected" or "failed" => $"{it.Status} by {PrintableText.OneLine(it.ClosedBy ?? "", 256)}: {PrintableText.OneLine(it.Reason ?? "", 200)}",
        _ => it.Status,
    };

    private static string Names(ChangeRequestView it) => it.Approvals.Count == 0 ? "" : $", approved by {string.Join(", ", it.Approvals.Select(consent => PrintableText.OneLine(consent.By, 256)))}";
}
