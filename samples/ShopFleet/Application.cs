// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Samples.ShopFleet;

/// <summary>An application process of the fleet, and the journal in which it tells what it runs with.</summary>
internal sealed record Application(FleetProcess Process, string Service, string Region, IReadOnlyList<string> Namespaces, Journal Journal)
{
    /// <summary>Whether its newest journal line about the namespace names this root.</summary>
    public bool RunsWith(string @namespace, string stateRoot)
    {
        Journal.Refresh();
        return Journal.Newest(@namespace)?.StateRoot == stateRoot;
    }
}
