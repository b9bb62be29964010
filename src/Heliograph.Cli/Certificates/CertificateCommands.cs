// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Certificates;

/// <summary><c>helio certs …</c>: the realm's own small authority, and the certificates of origins, relays, agents and applications.</summary>
internal sealed class CertificateCommands : Command
{
    public CertificateCommands(Shell shell) : base("certs", "Make the realm's authority and issue certificates for its tiers.")
    {
        Add(new CertificateInitCommand(shell));
        Add(new CertificateIssueCommand(shell));
        Add(new CertificateShowCommand(shell));
    }

    /// <summary>Where the authority is kept.</summary>
    public static Option<string> AuthorityDirectory() => new("--dir") { HelpName = "DIRECTORY", DefaultValueFactory = _ => "heliograph-ca", Description = "Directory of the authority: ca.pem and ca-key.pem. Default: heliograph-ca." };
}
