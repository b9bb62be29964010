// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Access;

/// <summary><c>helio roles …</c>: who may do what where. Roles are settings of <c>heliograph.realm</c>, so they have history like all others.</summary>
internal sealed class RoleCommands : Command
{
    /// <summary>Where a role's setting stands.</summary>
    public const string KeyPrefix = "roles/";

    public RoleCommands(Shell shell) : base("roles", "List, grant and revoke roles.")
    {
        Add(new RoleListCommand(shell));
        Add(new RoleGrantCommand(shell));
        Add(new RoleRevokeCommand(shell));
    }
}
