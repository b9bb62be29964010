// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Access;

/// <summary><c>helio trust …</c>: the trust file, which pins the keys that sign the realm's heads.</summary>
internal sealed class TrustCommands : Command
{
    public TrustCommands(Shell shell) : base("trust", "Look at the realm's trust file.") => Add(new TrustShowCommand(shell));
}
