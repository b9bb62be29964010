// SPDX-License-Identifier: Apache-2.0
using Heliograph.Protocol.Wire;

namespace Heliograph.Replication.FanOut;

/// <summary>Hears what processes of this host say of their runs: the crash-loop guard of an agent.</summary>
public interface IRunWatch
{
    /// <summary>What a subscriber is told right after the welcome: a whole frame, or nothing.</summary>
    ReadOnlyMemory<byte> Greet(Hello hello);

    /// <summary>A subscriber says what it is about to run, how it is, or that it ends. Called on its connection's loop, in order; it must be short.</summary>
    void Heard(Hello hello, Run run);
}
