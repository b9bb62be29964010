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

    /// <summary>The chain that is meant.</summary>
    internal static string Chain(bool accepted, bool denied) => denied ? Core.Audit.AuditChains.Denied : accepted ? Core.Audit.AuditChains.Accepted : Core.Audit.AuditChains.Changes;

    /// <summary>At most one of them.</summary>
    internal static void OneChain(Command command, Option<bool> accepted, Option<bool> denied) => command.Validators.Add(result =>
    {
        if (result.GetValue(accepted) && result.GetValue(denied)) result.AddError("Give one of --accepted and --denied.");
    });

    /// <summary>Which chain a command is about.</summary>
    internal static Option<bool> Accepted() => new("--accepted") { Description = "The chain of calls that the origin that answers has done, and what proved their authors." };

    /// <summary>Which chain a command is about.</summary>
    internal static Option<bool> Denied() => new("--denied") { Description = "The chain of refused attempts at the origin that answers, instead of the chain of changes." };
}
