// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Cluster.Tests;

/// <summary>Where the processes of a cluster run: here, or where a test can cut them off from each other.</summary>
internal class ClusterPlace
{
    /// <summary>A program and arguments that start a node's process there; the process is the same.</summary>
    public virtual IReadOnlyList<string> Before(string node) => [];

    /// <summary>How a test reaches what listens there.</summary>
    public virtual HttpMessageHandler Handler() => new SocketsHttpHandler();
}
