// SPDX-License-Identifier: Apache-2.0
using System.Text;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Manual;

/// <summary>Writes the manual: as Markdown for the repository, as roff for <c>man</c>.</summary>
internal static class ManualText
{
    private static readonly (string Name, string Text)[] s_environment =
    [
        ("HELIOGRAPH_SERVER", "Address of the origin, as --server."),
        ("HELIOGRAPH_TOKEN, HELIOGRAPH_TOKEN_FILE", "API token, as --token and --token-file."),
        ("HELIOGRAPH_CA", "PEM file of the realm's certificate authority, as --ca."),
        ("HELIOGRAPH_CONTEXT", "The file that 'helio dev' writes; contexts.json, the deployments of 'helio context', stands beside it."),
        ("VISUAL, EDITOR", "The editor of 'helio edit'."),
        ("NO_COLOR", "No colours, whatever it is set to."),
    ];

    private static readonly (ExitCode Code, string Text)[] s_codes =
    [
        (ExitCode.Success, "Done."),
        (ExitCode.Failure, "A failure that no other code names."),
        (ExitCode.Usage, "The command line or the input file is wrong, or nobody could be asked; nothing was sent."),
        (ExitCode.NotFound, "Not there, or not for you to read."),
        (ExitCode.Refused, "Conflict, precondition, freeze, limit, content, or the answer was no; nothing was written."),
        (ExitCode.NotAuthorized, "No token, a wrong one, or a role that does not reach."),
        (ExitCode.Unreachable, "Nothing answered in time; a change was certainly not written."),
        (ExitCode.OutcomeUnknown, "A change was sent and never answered: repeat it with the idempotency key that is printed, or read first."),
        (ExitCode.Laggards, "Committed, but not applied everywhere in time."),
        (ExitCode.Troubled, "'helio doctor' has found trouble."),
        (ExitCode.Interrupted, "Stopped by SIGINT or SIGTERM."),
    ];

    /// <summary>The exit codes and what they mean; a test holds them to <see cref="ExitCode"/>.</summary>
    public static IReadOnlyList<(ExitCode Code, string Text)> ExitCodes => s_codes;

    /// <summary>All of it, as docs/reference/commands.md.</summary>
    public static string Markdown(IReadOnlyList<ManualEntry> entries, IReadOnlyList<(string Name, string Text)> global)
    {
        var text = new StringBuilder("# Commands\n\nMade from the commands by `helio man --format markdown`; a test compares. What belongs together is explained in [cli.md](cli.md).\n");
        foreach (var entry in entries)
        {
            text.Append("\n## ").Append(entry.Path).Append("\n\n").Append(entry.Summary).Append("\n\n```text\n").Append(entry.Synopsis).Append("\n```\n");
            Table(text, "argument", entry.Arguments);
            Table(text, "option", entry.Options);
        }
        text.Append("\n## Options of every command\n");
        Table(text, "option", global);
        text.Append("\n## Environment\n");
        Table(text, "variable", s_environment);
        text.Append("\n## Exit codes\n");
        Table(text, "code", s_codes.Select(code => ($"{(int)code.Code}", code.Text)));
        return text.ToString();
    }

    /// <summary>A page for <c>man</c>: one command, or all of them.</summary>
    /// <param name="entries">What it tells of.</param>
    /// <param name="global">The options of every command.</param>
    /// <param name="title">Name of the page, such as <c>helio-apply</c>.</param>
    /// <param name="summary">What it is about, in a sentence.</param>
    public static string Roff(IReadOnlyList<ManualEntry> entries, IReadOnlyList<(string Name, string Text)> global, string title, string summary)
    {
        var text = new StringBuilder();
        text.Append(".TH \"").Append(title.ToUpperInvariant()).Append("\" 1 \"\" \"Heliograph\" \"Heliograph manual\"\n.SH NAME\n").Append(Escaped(title)).Append(" \\- ").Append(Escaped(summary.TrimEnd('.'))).Append("\n.SH SYNOPSIS\n");
        foreach (var entry in entries) text.Append(".B ").Append(Escaped(entry.Synopsis)).Append("\n.br\n");
        text.Append(entries.Count == 1 ? ".SH DESCRIPTION\n" : ".SH COMMANDS\n");
        foreach (var entry in entries)
        {
            if (entries.Count > 1) text.Append(".SS \"").Append(Escaped(entry.Path)).Append("\"\n");
            text.Append(Line(entry.Summary)).Append('\n');
            Items(text, entry.Arguments);
            Items(text, entry.Options);
        }
        Section(text, "OPTIONS OF EVERY COMMAND", global);
        Section(text, "ENVIRONMENT", s_environment);
        Section(text, "EXIT STATUS", s_codes.Select(code => ($"{(int)code.Code}", code.Text)));
        return text.Append(".SH FILES\n.TP\n.B ~/.config/heliograph/context.json\nThe realm that 'helio dev' runs.\n.TP\n.B ~/.config/heliograph/contexts.json\nThe deployments of 'helio context'.\n").ToString();
    }

    private static void Table(StringBuilder text, string what, IEnumerable<(string Name, string Text)> rows)
    {
        var list = rows.ToList();
        if (list.Count == 0) return;
        text.Append("\n| ").Append(what).Append(" | |\n|---|---|\n");
        foreach (var (name, meaning) in list) text.Append("| `").Append(Cell(name)).Append("` | ").Append(Cell(meaning)).Append(" |\n");
    }

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal);

    private static void Section(StringBuilder text, string title, IEnumerable<(string Name, string Text)> items)
    {
        text.Append(".SH ").Append(title).Append('\n');
        Items(text, items);
    }

    private static void Items(StringBuilder text, IEnumerable<(string Name, string Text)> items)
    {
        foreach (var (name, meaning) in items) text.Append(".TP\n.B ").Append(Escaped(name)).Append('\n').Append(Line(meaning)).Append('\n');
    }

    // A dot or an apostrophe that stands first would be a command of roff.
    private static string Line(string text) => Escaped(text) is var line && line.Length > 0 && line[0] is '.' or '\'' ? $"\\&{line}" : Escaped(text);

    private static string Escaped(string text) => text.Replace("\\", "\\e", StringComparison.Ordinal).Replace("-", "\\-", StringComparison.Ordinal);
}
