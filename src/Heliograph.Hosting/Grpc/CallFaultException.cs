// SPDX-License-Identifier: Apache-2.0
using Grpc.Core;

namespace Heliograph.Hosting.Grpc;

/// <summary>The peer broke the rules of the gRPC envelope. The call ends with a status that says how.</summary>
internal sealed class CallFaultException(StatusCode code, string message) : IOException(message)
{
    /// <summary>How the call is to end.</summary>
    public Status Status => new(code, Message);
}
