// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Chaos.Faults;

/// <summary>Something that goes wrong, and is mended again before it returns.</summary>
/// <param name="Name">What.</param>
/// <param name="StrikeAsync">Does it; gives what it was done to.</param>
/// <param name="Missing">What this machine lacks for it; <see langword="null"/> if nothing.</param>
internal sealed record Fault(string Name, Func<Random, Task<string>> StrikeAsync, string? Missing = null);
