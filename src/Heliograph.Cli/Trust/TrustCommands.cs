// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Trust;

/// <summary><c>helio trust …</c>: the realm's root of trust, which names the keys that sign its heads.</summary>
internal sealed class TrustCommands : Command
{
    public TrustCommands(Shell shell) : base("trust", "Found, show and change the realm's root of trust. Works on files, without the network.")
    {
        Add(new TrustShowCommand(shell));
        Add(new TrustInitCommand(shell));
        Add(new TrustKeyCommand(shell));
        Add(new TrustRotateHeadCommand(shell));
        Add(new TrustRotateRootCommand(shell));
        Add(new TrustSignCommand(shell));
        Add(new TrustAddCommand(shell));
    }
}
