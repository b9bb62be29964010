// SPDX-License-Identifier: Apache-2.0
using System.Text;
using Heliograph.Cli.Terminal;
using Heliograph.Cli.Tiers;
using Heliograph.Core.Heads;
using Heliograph.Hosting.Grpc;
using Heliograph.Hosting.Replicas;
using Heliograph.Origin.Recovery;
using Heliograph.Replication.Ports;

namespace Heliograph.Cli.Recovery;

/// <summary>How a command reaches whoever serves the log: as a node of the realm does, or with a token.</summary>
internal static class EntryServers
{
    /// <summary>Prepares to take the log from an address.</summary>
    public static LogBackup At(Uri address, RealmTrust trust, Invocation run, TlsFiles tls) => new(
        trust, new ParentDialer(NodeCredentials.Load(trust.Roots.Anchor.Root.Realm, tls.Authority, tls.Certificate, tls.Key).ForDialing, TimeProvider.System), new ParentAddress(address),
        run.Token is { } token ? Encoding.ASCII.GetBytes(token) : ReadOnlyMemory<byte>.Empty, TimeProvider.System);
}
