// SPDX-License-Identifier: Apache-2.0
using Heliograph.Replication.FanOut;
using Heliograph.Replication.Following;
using Microsoft.AspNetCore.Builder;

namespace Heliograph.Hosting.Replicas;

/// <summary>What the HTTP endpoints of a role are built of.</summary>
/// <param name="Application">Where they are mapped; its errors are problems.</param>
/// <param name="Follower">What is held.</param>
/// <param name="Authorizer">Who may read what.</param>
/// <param name="Time">The clock.</param>
public sealed record EndpointParts(WebApplication Application, Follower Follower, ISyncAuthorizer Authorizer, TimeProvider Time);
