// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Chaos.Traffic;

/// <summary>A way to an origin's API.</summary>
/// <param name="Origin">Whose it is.</param>
/// <param name="Api">With an author's token.</param>
internal sealed record ApiEndpoint(string Origin, HttpClient Api);
