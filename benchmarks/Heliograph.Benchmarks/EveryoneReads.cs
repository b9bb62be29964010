// SPDX-License-Identifier: Apache-2.0
using Heliograph.Protocol.Wire;
using Heliograph.Replication.FanOut;
using Heliograph.Replication.Ports;

namespace Heliograph.Benchmarks;

/// <summary>A hub's policy where the policy is not what is measured.</summary>
internal sealed class EveryoneReads : ISyncAuthorizer
{
    public PeerIdentity Identify(PeerIdentity peer, Hello hello) => peer;

    public bool MayRead(PeerIdentity peer, NamespaceName name) => true;
}
