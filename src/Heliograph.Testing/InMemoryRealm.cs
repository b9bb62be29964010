// SPDX-License-Identifier: Apache-2.0
using Heliograph.Client;
using Heliograph.Client.Replica;
using Heliograph.Core.Merkle;
using Heliograph.Core.Replicas;
using Heliograph.Testing.InMemory;
using Microsoft.Extensions.Logging;

namespace Heliograph.Testing;

/// <summary>A realm in memory, for an application's own tests: the application's real client or configuration over it, without a server, a file or a port.</summary>
/// <remarks>
/// Give it as <c>options.Source</c>. What clients do with a revision is what they do with one of a real realm: they judge it, swap it whole, raise their events and reload once. A change
/// completes when every client has served or refused it, so a test waits for nothing else. Thread-safe; changes are made one after the other.
/// </remarks>
public sealed class InMemoryRealm : HeliographSource, IDisposable
{
    private const int EarlierMax = 32; // revisions of a namespace that a client can go back to

    private readonly TimeProvider _time;
    private readonly SignedContent _content;
    private readonly Dictionary<NamespaceName, List<NamespaceVersion>> _earlier = [];
    private readonly List<InMemoryReplica> _replicas = [];
    private readonly Lock _sync = new();
    private readonly SemaphoreSlim _changing = new(1, 1);
    private volatile bool _isCut;

    /// <summary>Makes a realm without namespaces.</summary>
    /// <param name="time">The clock of its heads; <see langword="null"/>: the system's.</param>
    public InMemoryRealm(TimeProvider? time = null) => (_time, _content) = (time ?? TimeProvider.System, new SignedContent(time ?? TimeProvider.System));

    internal bool IsCut => _isCut;

    /// <summary>Sets the text of one setting, in a changeset of its own.</summary>
    /// <param name="namespace">The namespace; made by its first setting.</param>
    /// <param name="key">The key.</param>
    /// <param name="value">The text.</param>
    /// <param name="label">The label, or <see langword="null"/>.</param>
    /// <param name="contentType">For example <c>application/json</c>.</param>
    /// <returns>What clients made of it.</returns>
    /// <exception cref="ArgumentException">Outside a limit; the message says which.</exception>
    /// <exception cref="FormatException">The namespace's name is outside the grammar.</exception>
    public Task<ChangeOutcome> SetAsync(string @namespace, string key, string value, string? label = null, string? contentType = null) =>
        ChangeAsync(@namespace, [Setting.Of(key, value, label, contentType)]);

    /// <summary>Deletes one setting, in a changeset of its own.</summary>
    /// <inheritdoc cref="SetAsync"/>
    public Task<ChangeOutcome> DeleteAsync(string @namespace, string key, string? label = null) => ChangeAsync(@namespace, [], [SettingKey.Create(key, label)]);

    /// <summary>Makes one changeset of several settings.</summary>
    /// <param name="namespace">The namespace; made by its first setting.</param>
    /// <param name="put">What is set.</param>
    /// <param name="deleted">What is deleted.</param>
    /// <returns>What clients made of it.</returns>
    /// <exception cref="ArgumentException">Outside a limit; the message says which.</exception>
    /// <exception cref="FormatException">The namespace's name is outside the grammar.</exception>
    public Task<ChangeOutcome> ChangeAsync(string @namespace, IEnumerable<Setting> put, IEnumerable<SettingKey>? deleted = null) =>
        CommitAsync(NamespaceName.Parse(@namespace), [.. put.Select(SignedContent.Put), .. (deleted ?? []).Select(SignedContent.Delete)]);

    /// <summary>Makes a namespace hold exactly these settings, in one changeset.</summary>
    /// <inheritdoc cref="ChangeAsync"/>
    public Task<ChangeOutcome> ReplaceAsync(string @namespace, IEnumerable<Setting> settings)
    {
        var name = NamespaceName.Parse(@namespace);
        var wanted = new Dictionary<SettingKey, Setting>();
        foreach (var setting in settings) wanted[setting.Key] = setting;
        return CommitAsync(name, () => [.. Keys(name).Where(key => !wanted.ContainsKey(key)).Select(SignedContent.Delete), .. wanted.Values.Select(SignedContent.Put)]);
    }

    /// <summary>Cuts every client off: nothing reaches them any more, and they are stale at once.</summary>
    public void Disconnect()
    {
        _isCut = true;
        foreach (var replica in Replicas()) replica.Receive();
    }

    /// <summary>Ends what <see cref="Disconnect"/> began; clients get what they missed.</summary>
    public void Reconnect()
    {
        _isCut = false;
        foreach (var replica in Replicas()) replica.Receive();
    }

    /// <summary>Starts a client of this realm.</summary>
    /// <param name="namespaces">What it subscribes to.</param>
    /// <exception cref="HeliographUnavailableException">The realm has no such namespace.</exception>
    public async Task<HeliographClient> ConnectAsync(params string[] namespaces)
    {
        var options = new HeliographClientOptions { Source = this, Time = _time };
        foreach (var name in namespaces) options.Namespaces.Add(NamespaceName.Parse(name));
        return await HeliographClient.ConnectAsync(options).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _content.Dispose();
        _changing.Dispose();
    }

    internal override ValueTask<IClientReplica> CreateAsync(HeliographClientOptions options, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var replica = new InMemoryReplica(this, options.Instance.Id, options.Time);
        lock (_sync) _replicas.Add(replica);
        return new(replica);
    }

    internal NamespaceVersion? Newest(NamespaceName name)
    {
        lock (_sync) return _content.Versions.GetValueOrDefault(name);
    }

    internal IReadOnlyList<NamespaceVersion> Earlier(NamespaceName name)
    {
        lock (_sync) return _earlier.TryGetValue(name, out var earlier) ? [.. earlier] : [];
    }

    internal void Leave(InMemoryReplica replica)
    {
        lock (_sync) _replicas.Remove(replica);
    }

    private Task<ChangeOutcome> CommitAsync(NamespaceName name, IReadOnlyList<MerkleChange> changes) => CommitAsync(name, () => changes);

    private async Task<ChangeOutcome> CommitAsync(NamespaceName name, Func<IReadOnlyList<MerkleChange>> changes)
    {
        await _changing.WaitAsync().ConfigureAwait(false);
        try
        {
            Revision revision;
            lock (_sync)
            {
                var before = _content.Versions.GetValueOrDefault(name);
                revision = _content.Change(name, changes()).Revision;
                if (before is not null && before.Revision != revision) Keep(before);
            }
            var outcomes = new List<ClientOutcome>();
            if (IsCut) return new(revision, outcomes);
            var replicas = Replicas();
            foreach (var replica in replicas) replica.Receive();
            foreach (var replica in replicas)
                if (await replica.OutcomeAsync(name, revision, CancellationToken.None).ConfigureAwait(false) is { } outcome) outcomes.Add(outcome);
            return new(revision, outcomes);
        }
        finally
        {
            _changing.Release();
        }
    }

    private void Keep(NamespaceVersion version)
    {
        if (!_earlier.TryGetValue(version.Name, out var earlier)) _earlier[version.Name] = earlier = [];
        earlier.Add(version);
        if (earlier.Count > EarlierMax) earlier.RemoveAt(0);
    }

    private IEnumerable<SettingKey> Keys(NamespaceName name) =>
        _content.Versions.TryGetValue(name, out var version) ? Client.Views.ViewBuilder.Build(null, version, []).Settings.Select(setting => setting.Key) : [];

    private InMemoryReplica[] Replicas()
    {
        lock (_sync) return [.. _replicas];
    }
}
