// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Simulation.Checkers;

/// <summary>A promise was broken. docs/reference/robustness.md lists them.</summary>
/// <param name="invariant">Which: <c>I1</c> …</param>
/// <param name="what">What was seen, and what was expected.</param>
public sealed class ViolationException(string invariant, string what) : Exception($"{invariant} is violated: {what}")
{
    /// <summary>Which promise.</summary>
    public string Invariant { get; } = invariant;
}
