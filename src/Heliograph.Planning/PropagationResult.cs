// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Planning;

/// <summary>What a tier did over a run of the model.</summary>
/// <param name="Nodes">Machines in it.</param>
/// <param name="CpuSeconds">CPU of all of them.</param>
/// <param name="BusiestCpuSeconds">CPU of the one that used most.</param>
/// <param name="BytesOut">Bytes sent by all of them.</param>
/// <param name="MostBytesOut">Bytes sent by the one that sent most.</param>
public sealed record TierUse(int Nodes, double CpuSeconds, double BusiestCpuSeconds, double BytesOut, double MostBytesOut);

/// <summary>What a run of the model came to. Times are seconds from <c>committed_at</c>.</summary>
public sealed record PropagationResult
{
    /// <summary>Changes that were committed.</summary>
    public required int Changes { get; init; }

    /// <summary>Time from the first commit to the last activation, in seconds.</summary>
    public required double Seconds { get; init; }

    /// <summary>Until the agents of all regions had applied it.</summary>
    public required TimeHistogram Applied { get; init; }

    /// <summary>The same for each region, in the shape's order.</summary>
    public required IReadOnlyList<TimeHistogram> AppliedByRegion { get; init; }

    /// <summary>Until the regional relays could pass it on.</summary>
    public required TimeHistogram AtRegional { get; init; }

    /// <summary>Until the zone relays could pass it on.</summary>
    public required TimeHistogram AtZone { get; init; }

    /// <summary>The origin's work.</summary>
    public required TierUse Origin { get; init; }

    /// <summary>The regional relays' work.</summary>
    public required TierUse Regional { get; init; }

    /// <summary>The zone relays' work.</summary>
    public required TierUse Zone { get; init; }

    /// <summary>Updates that agents applied: changes that piled up were joined.</summary>
    public required long Deliveries { get; init; }
}
