// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Configuration;

namespace Heliograph.Client.Configuration;

public sealed partial class HeliographConfigurationProvider
{
    /// <summary>
    /// The configuration of a revision that is being judged, seen by the thread that judges it and by no other: so the application's own options, bound and
    /// validated as always, judge it, while every other thread reads what is served.
    /// </summary>
    [ThreadStatic]
    private static Candidate? s_candidate;

    /// <inheritdoc/>
    public override bool TryGet(string key, out string? value) => s_candidate is { } candidate && candidate.Owner == this ? candidate.TryGet(key, out value) : base.TryGet(key, out value);

    /// <inheritdoc/>
    public override IEnumerable<string> GetChildKeys(IEnumerable<string> earlierKeys, string? parentPath) =>
        s_candidate is { } candidate && candidate.Owner == this ? candidate.GetChildKeys(earlierKeys, parentPath) : base.GetChildKeys(earlierKeys, parentPath);

    /// <summary>Asks about every revision from now on: <paramref name="faults"/> is called while the configuration, on its thread, shows the revision.</summary>
    /// <returns>Dispose it to ask no more.</returns>
    internal IDisposable? Guard(Func<IEnumerable<string>> faults) => _client?.AddValidator(candidate => Judge(candidate, faults));

    /// <summary>Has what is shown judged, one namespace after the other, the last selected first. One that is refused is replaced by an earlier revision that is not, if this process keeps one.</summary>
    internal async Task JudgeServedAsync()
    {
        if (_client is not { } client) return;
        foreach (var name in _layers.Namespaces.Reverse()) await client.JudgeServedAsync(name).ConfigureAwait(false);
    }

    private IEnumerable<string> Judge(RevisionCandidate revision, Func<IEnumerable<string>> faults)
    {
        Candidate candidate;
        lock (_sync)
        {
            if (!_isLoaded || !_layers.Namespaces.Contains(revision.Name)) return [];
            candidate = new Candidate(this, _layers.MergeWith(revision.View));
        }
        s_candidate = candidate;
        try
        {
            return [.. faults()]; // all of them, before the configuration is what it was
        }
        finally
        {
            s_candidate = null;
        }
    }

    private sealed class Candidate : ConfigurationProvider
    {
        public Candidate(HeliographConfigurationProvider owner, Dictionary<string, string?> data) => (Owner, Data) = (owner, data);

        public HeliographConfigurationProvider Owner { get; }
    }
}
