// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using Heliograph.Cli.Api;
using Heliograph.Cli.Freezing;
using Heliograph.Cli.Pinning;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Namespaces;

/// <summary><c>helio ns …</c>: the life of namespaces.</summary>
internal sealed class NamespaceCommands : Command
{
    public NamespaceCommands(Shell shell) : base("ns", "Create, list, show, archive and delete namespaces.")
    {
        Add(new NamespaceCreateCommand(shell));
        Add(new NamespaceListCommand(shell));
        Add(new NamespaceShowCommand(shell));
        Add(new NamespaceArchiveCommand(shell, archived: true));
        Add(new NamespaceArchiveCommand(shell, archived: false));
        Add(new NamespaceDeleteCommand(shell));
    }

    /// <summary>All that is known of one namespace, a line each.</summary>
    public static void Write(Output output, NamespaceView it) => output.Table(["", ""], (IEnumerable<IReadOnlyList<string>>)
    [
        ["name", it.Name],
        ["revision", it.Revision ?? "none"],
        ["state root", it.StateRoot ?? ""],
        ["settings", $"{it.Settings} ({it.Bytes} bytes)"],
        ["archived", it.Archived ? "yes" : "no"],
        ["description", it.Description ?? ""],
        ["created", $"{it.CreatedAt:u} by {it.CreatedBy}"],
        ["changed", $"{it.ChangedAt:u} by {it.ChangedBy}"],
        .. it.Freeze is { } freeze ? [["frozen", $"{(freeze.Scope == "*" ? "with the whole realm, " : "")}{FreezeListCommand.Shown(freeze)}"]] : Array.Empty<IReadOnlyList<string>>(),
        .. it.Pin is { } pin ? [["pinned", PinsCommand.Shown(pin)]] : Array.Empty<IReadOnlyList<string>>(),
    ]);
}
