// SPDX-License-Identifier: Apache-2.0
using Heliograph.Client.Views;

namespace Heliograph.Client;

/// <summary>A namespace that a client keeps for as long as this lives: the cheapest way to read it often.</summary>
/// <remarks>Thread-safe.</remarks>
public sealed class NamespaceSubscription : IDisposable
{
    private readonly NamespaceCell _cell;
    private Action? _end;

    internal NamespaceSubscription(NamespaceCell cell, Action end) => (_cell, _end) = (cell, end);

    /// <summary>Which namespace.</summary>
    public NamespaceName Name => _cell.Name;

    /// <summary>What is served now, or <see langword="null"/> for nothing yet. Keep the view to read several settings that belong together.</summary>
    public NamespaceView? Current => _cell.View;

    /// <summary>Ends the subscription. Views that were taken stay usable.</summary>
    public void Dispose() => Interlocked.Exchange(ref _end, null)?.Invoke();
}
