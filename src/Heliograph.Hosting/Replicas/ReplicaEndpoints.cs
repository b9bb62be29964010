// SPDX-License-Identifier: Apache-2.0
using Heliograph.Hosting.Health;
using Heliograph.Hosting.Listening;
using Heliograph.Hosting.Problems;
using Heliograph.Replication.FanOut;
using Heliograph.Replication.Following;
using Heliograph.Replication.Ports;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Heliograph.Hosting.Replicas;

/// <summary>What a relay or an agent answers over HTTP: the probes, and what it holds, told to those who may know.</summary>
internal static class ReplicaEndpoints
{
    /// <summary>Maps them; every error is a problem. Before any other endpoint.</summary>
    public static void MapReplica(this WebApplication application, ReplicaNodeOptions options, Follower follower, IReplicaFront front, ISyncAuthorizer authorizer, TimeProvider time)
    {
        application.UseHeliographProblems();
        application.MapHeliographHealth(new ReplicaHealth(options, follower, front));
        application.MapMethods("/api/v1/replica", [HttpMethods.Get, HttpMethods.Head], context =>
        {
            var peer = context.GetPeer(time);
            IResult answer = peer.Kind == PeerKind.Anonymous
                ? ProblemKinds.Unauthenticated.With("Show a client certificate of the realm.")
                : ReplicaView.Json(options, follower, front, name => authorizer.MayRead(peer, name)); // what one may not read does not exist
            return answer.ExecuteAsync(context);
        });
    }
}
