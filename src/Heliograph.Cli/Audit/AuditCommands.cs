// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Audit;

/// <summary><c>helio audit …</c>: what was changed and what was refused, as chains that cannot be altered unseen.</summary>
internal sealed class AuditCommands : Command
{
    public AuditCommands(Shell shell) : base("audit", "List, export and verify the audit log.")
    {
        Add(new AuditListCommand(shell));
        Add(new AuditExportCommand(shell));
        Add(new AuditVerifyCommand(shell));
    }

    /// <summary>Which chain a command is about.</summary>
    internal static Option<bool> Denied() => new("--denied") { Description = "The chain of refused attempts at the origin that answers, instead of the chain of changes." };
}
