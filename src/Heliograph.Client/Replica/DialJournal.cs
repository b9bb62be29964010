// SPDX-License-Identifier: Apache-2.0
using Heliograph.Replication.Ports;

namespace Heliograph.Client.Replica;

/// <summary>Dials, and remembers how the last attempt at each parent ended: a start that fails must say why.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class DialJournal(IDialer dialer, IReadOnlyList<ParentAddress> parents) : IDialer
{
    private readonly Lock _sync = new();
    private readonly string?[] _outcomes = new string?[parents.Count]; // null: not dialled yet; "": it was there

    /// <summary>Whether every parent has been dialled, and the last attempt at each failed.</summary>
    public bool NobodyAnswers
    {
        get
        {
            lock (_sync) return Array.TrueForAll(_outcomes, outcome => outcome is { Length: > 0 });
        }
    }

    /// <summary>How the last attempt at each parent failed, of those where it did. The dialer's messages hold no credential.</summary>
    public IReadOnlyList<string> Failures()
    {
        lock (_sync) return [.. _outcomes.Where(outcome => !string.IsNullOrEmpty(outcome)).Select(outcome => outcome!)];
    }

    /// <inheritdoc/>
    public async ValueTask<IConnection> ConnectAsync(ParentAddress parent, CancellationToken cancellationToken)
    {
        try
        {
            var connection = await dialer.ConnectAsync(parent, cancellationToken).ConfigureAwait(false);
            Note(parent, "");
            return connection;
        }
        catch (IOException exception)
        {
            Note(parent, exception.Message);
            throw;
        }
    }

    private void Note(ParentAddress parent, string outcome)
    {
        lock (_sync)
            for (var i = 0; i < parents.Count; i++)
                if (parents[i] == parent) _outcomes[i] = outcome;
    }
}
