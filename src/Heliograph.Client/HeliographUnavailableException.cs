// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Client;

/// <summary>A client could not start: a namespace is there neither with a parent nor as last-known-good.</summary>
public sealed class HeliographUnavailableException(string message, IReadOnlyList<NamespaceName> missing) : Exception(message)
{
    /// <summary>The namespaces that are missing.</summary>
    public IReadOnlyList<NamespaceName> Missing { get; } = missing;
}
