// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Access;

/// <summary><c>helio access-keys …</c>: shared keys by which requests to one namespace are signed.</summary>
internal sealed class AccessKeyCommands : Command
{
    public AccessKeyCommands(Shell shell) : base("access-keys", "Create, list, rotate and revoke the keys of App Configuration connection strings.")
    {
        Add(new AccessKeyCreateCommand(shell));
        Add(new AccessKeyListCommand(shell));
        Add(new AccessKeyRotateCommand(shell));
        Add(new AccessKeyRevokeCommand(shell));
    }
}
