// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Access;

/// <summary><c>helio tokens …</c>: API tokens for people and pipelines.</summary>
internal sealed class TokenCommands : Command
{
    public TokenCommands(Shell shell) : base("tokens", "Create, list and revoke API tokens.")
    {
        Add(new TokenCreateCommand(shell));
        Add(new TokenListCommand(shell));
        Add(new TokenRevokeCommand(shell));
    }
}
