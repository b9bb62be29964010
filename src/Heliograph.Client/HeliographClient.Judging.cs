// SPDX-License-Identifier: Apache-2.0
using Heliograph.Client.Views;

namespace Heliograph.Client;

public sealed partial class HeliographClient
{
    /// <summary>Asks one validator more about every revision that comes from now on. What is served already stays, whatever it says.</summary>
    /// <returns>Dispose it to ask no more.</returns>
    public IDisposable AddValidator(RevisionValidator validator)
    {
        ArgumentNullException.ThrowIfNull(validator);
        _judge.Add(validator);
        return new Validator(this, validator);
    }

    /// <summary>Serves nothing newer than a revision from now on, for as long as this process lives or until <see cref="Unpin"/>.</summary>
    /// <remarks>
    /// A revision is one of the namespace, as <see cref="NamespaceView.Revision"/> has it. If something newer is served, the pinned revision is looked for in
    /// <see cref="HeliographClientOptions.LastKnownGoodDirectory"/>; it is never fetched. If it is not there, what is served stays, and nothing newer comes. <see cref="GetStatus"/>
    /// says which; what is held back is reported upward as refused (<c>pinned</c>).
    /// </remarks>
    /// <exception cref="InvalidOperationException">The client is not started, or the namespace is not subscribed to.</exception>
    public void Pin(NamespaceName name, Revision revision) => SetPin(name, revision);

    /// <summary>Serves what is newest again.</summary>
    /// <inheritdoc cref="Pin"/>
    public void Unpin(NamespaceName name) => SetPin(name, null);

    /// <summary>Judges anew what is newest and refused, of every namespace.</summary>
    internal void JudgeAgain()
    {
        if (_feed is not { } feed) return;
        foreach (var cell in feed.Cells)
            if (cell.Refused is not null) feed.LookAgain(cell);
    }

    /// <summary>Judges what is served of a namespace, which no validator may have seen; see <see cref="ViewFeed.JudgeServedAsync"/>.</summary>
    internal Task JudgeServedAsync(NamespaceName name) => _feed is { } feed && feed.Find(name.Value) is { } cell ? Task.WhenAny(feed.JudgeServedAsync(cell), _running) : Task.CompletedTask; // a client that has stopped judges nothing

    private void SetPin(NamespaceName name, Revision? pin)
    {
        var cell = _feed?.Find(name.Value) ?? throw new InvalidOperationException($"'{name}' is not subscribed to: start the client with it, or subscribe to it, before it is pinned.");
        cell.Pin = pin;
        _feed.LookAgain(cell);
    }

    private sealed class Validator(HeliographClient client, RevisionValidator validator) : IDisposable
    {
        private int _isEnded;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isEnded, 1) == 1) return;
            client._judge.Remove(validator);
            client.JudgeAgain();
        }
    }
}
