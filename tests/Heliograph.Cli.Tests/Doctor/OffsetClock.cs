// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Cli.Tests.Doctor;

/// <summary>A clock that goes right and shows the wrong time.</summary>
internal sealed class OffsetClock(TimeSpan offset) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + offset;
}
