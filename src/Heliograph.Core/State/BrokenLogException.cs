// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Core.State;

/// <summary>An entry does not follow from the log before it, or breaks a rule that every entry obeys. An origin that meets one ends: the log must not go on wrong.</summary>
public sealed class BrokenLogException(long sequence, string reason)
    : Exception($"Entry {sequence} of the log cannot be applied: {reason}")
{
    /// <summary>Which entry.</summary>
    public long Sequence { get; } = sequence;
}
