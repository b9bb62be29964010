// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Core.Log;

/// <summary>What a scrub read and found whole.</summary>
/// <param name="Entries">Entries hashed: all up to the tip at the time the scrub began.</param>
/// <param name="Bytes">Their size.</param>
public sealed record ScrubReport(long Entries, long Bytes);
