// SPDX-License-Identifier: Apache-2.0
using Heliograph.Cli.Api;
using Heliograph.Cli.Fleet;
using Heliograph.Cli.Terminal;
using Spectre.Console;

namespace Heliograph.Cli.Authoring;

/// <summary>Tells what a change did.</summary>
internal static class ChangeReport
{
    private const int ValueCharsMax = 80;

    /// <summary>Writes the change and gives the exit code: laggards that remain are not success.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="change">What was done.</param>
    /// <param name="dryRun">Or would be.</param>
    /// <param name="headline">What is said before the differences in place of their counts.</param>
    public static ExitCode Write(Output output, ChangeView change, bool dryRun = false, string? headline = null)
    {
        output.Result(change, ApiJson.Plain.ChangeView, it => Describe(output, it, dryRun, headline));
        return ExitOf(change);
    }

    /// <summary>The change for people: what it did, then each difference, then who lags.</summary>
    public static void Describe(Output output, ChangeView change, bool dryRun, string? headline = null)
    {
        output.Line(headline ?? Headline(change, dryRun));
        Diff(output, change.Diff ?? []);
        if (change.Wait is { } wait) FleetWaiting.Write(output, wait);
    }

    /// <summary>Exit code of a change and the wait for it.</summary>
    public static ExitCode ExitOf(ChangeView change) => change.Wait is { Reached: false } ? ExitCode.Laggards : ExitCode.Success;

    /// <summary>Every difference, a line each.</summary>
    public static void Diff(Output output, IReadOnlyList<DiffItem> items)
    {
        foreach (var item in items)
        {
            var key = PrintableText.OneLine(item.Label is null ? item.Key : $"{item.Key}@{item.Label}", int.MaxValue);
            switch (item.Kind)
            {
                case "added": output.Line($"  + {key} = {Shown(item.After)}", Color.Green); break;
                case "removed": output.Line($"  - {key} (was {Shown(item.Before)})", Color.Red); break;
                default: output.Line($"  ~ {key}: {Shown(item.Before)} → {Shown(item.After)}{Beside(item)}", Color.Yellow); break;
            }
        }
    }

    /// <summary>Counts of added, changed and removed settings.</summary>
    public static string Counts(IReadOnlyList<DiffItem> items) =>
        $"{items.Count(item => item.Kind == "added")} added, {items.Count(item => item.Kind == "changed")} changed, {items.Count(item => item.Kind == "removed")} removed";

    /// <summary>A value on one line.</summary>
    public static string Shown(SettingView? setting) => setting is null ? "nothing" : PrintableText.OneLine(setting.Value, ValueCharsMax);

    private static string Headline(ChangeView change, bool dryRun)
    {
        if (dryRun) return change.Changed == 0 ? $"{change.Namespace} would not change." : $"{change.Namespace} would change: {Counts(change.Diff ?? [])}.";
        if (change.Changed == 0) return $"{change.Namespace} {change.Revision}: nothing to change.";
        var who = change.Actor is null ? "" : $" by {PrintableText.OneLine(change.Actor, 256)}";
        return $"{change.Namespace} {change.Revision}: {Counts(change.Diff ?? [])}{who}{(change.Duplicate ? " (already done under this idempotency key)" : "")}.";
    }

    private static string Beside(DiffItem item) // same value: say what else differs
    {
        if (item.Before is not { } before || item.After is not { } after || before.Value != after.Value) return "";
        if (before.ContentType != after.ContentType) return $" (content type {before.ContentType ?? "none"} → {after.ContentType ?? "none"})";
        return before.Locked != after.Locked ? after.Locked ? " (locked)" : " (unlocked)" : " (tags)";
    }
}
