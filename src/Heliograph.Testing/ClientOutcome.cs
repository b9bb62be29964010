// SPDX-License-Identifier: Apache-2.0
using Heliograph.Client;

namespace Heliograph.Testing;

/// <summary>What one client made of a revision.</summary>
/// <param name="Instance">Its <c>Instance.Id</c>; empty if it has none.</param>
/// <param name="Served">What it serves of the namespace now.</param>
/// <param name="Refusal">Why that is not the revision; <see langword="null"/> if it is.</param>
public sealed record ClientOutcome(string Instance, Revision Served, RevisionRefusal? Refusal);

/// <summary>What became of a changeset.</summary>
/// <param name="Revision">The namespace's revision after it.</param>
/// <param name="Clients">What every client that follows the namespace made of it; empty if none does, or the realm is disconnected.</param>
public sealed record ChangeOutcome(Revision Revision, IReadOnlyList<ClientOutcome> Clients)
{
    /// <summary>Whether every client serves it.</summary>
    public bool IsApplied => Clients.All(client => client.Refusal is null);

    /// <summary>The reasons of those that refuse it.</summary>
    public IReadOnlyList<string> Refusals => [.. Clients.Select(client => client.Refusal?.Detail).OfType<string>()];
}
