// SPDX-License-Identifier: Apache-2.0
using Heliograph.Chaos.Checker.Histories;

namespace Heliograph.Chaos.Checker.Stores;

/// <summary>What a store holds, unjudged.</summary>
/// <param name="Source">Where it was read.</param>
/// <param name="Entries">Ordered by the place at which they lie.</param>
/// <param name="Places">The sequence under which the store keeps each of <paramref name="Entries"/>.</param>
/// <param name="Requests">The store's index: which request became which entry.</param>
/// <param name="Head">What the store says is its end.</param>
/// <param name="HeadHash">And that entry's hash.</param>
public sealed record RawLog(string Source, IReadOnlyList<RawEntry> Entries, IReadOnlyList<long> Places, IReadOnlyDictionary<string, long> Requests, Position Head, string HeadHash);
