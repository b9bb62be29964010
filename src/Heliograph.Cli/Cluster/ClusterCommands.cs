// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Cluster;

/// <summary><c>helio cluster …</c>: origins over etcd.</summary>
internal sealed class ClusterCommands : Command
{
    public ClusterCommands(Shell shell) : base("cluster", "Prepare a realm of several origins over etcd.") => Add(new ClusterInitCommand(shell));
}
