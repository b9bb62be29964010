// SPDX-License-Identifier: Apache-2.0
using System.Security.Cryptography;
using Heliograph.Core.Access;
using Heliograph.Core.Sequencing;
using Heliograph.Core.State;

namespace Heliograph.Origin.Access;

/// <summary>Makes and ends access keys: shared keys by which requests to one namespace are signed.</summary>
/// <param name="sequencer">Where they are written.</param>
/// <param name="keyring">Where their secrets come from.</param>
/// <param name="time">The clock.</param>
public sealed class AccessKeys(Sequencer sequencer, IAccessKeySource keyring, TimeProvider time)
{
    private const int IdBytes = 10;

    /// <summary>The keys as they stand.</summary>
    public IAccessKeySource Source => keyring;

    /// <summary>Every key's id and what it opens, ordered by id.</summary>
    public IReadOnlyList<AccessKey> List() => [.. ((AccessKeyring)keyring).All.Values.OrderBy(key => key.Id, StringComparer.Ordinal)];

    /// <summary>Makes a key for a namespace, which is stamped from then on: those who hold keys are told when each setting was written.</summary>
    /// <param name="name">The namespace; it must exist and not be reserved.</param>
    /// <param name="mayWrite">Whether the key may change settings.</param>
    /// <param name="actor">Who makes it.</param>
    /// <param name="requestId">Its request id; the same one makes the same key.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    /// <returns>The key, or what stood in the way.</returns>
    public async Task<(AccessKey? Key, SubmitResult Result)> CreateAsync(NamespaceName name, bool mayWrite, string actor, string requestId, CancellationToken cancellationToken)
    {
        if (name.IsReserved) return (null, new SubmitResult.Invalid([new("namespace", "Names beginning 'heliograph.' belong to the realm itself.")]));
        var opened = await sequencer.SubmitAsync(new Submission.Alter(name, null, null, actor, $"{requestId}:open", "Opened for access keys.") { IsStamped = true }, cancellationToken);
        if (opened is not (SubmitResult.Committed or SubmitResult.Duplicate or SubmitResult.Unchanged)) return (null, opened);
        var id = RandomNumberGenerator.GetHexString(2 * IdBytes, lowercase: true);
        var record = new AccessKeyRecord(name.Value, mayWrite ? "write" : "read", 1, 2, DateTimeOffset.FromUnixTimeSeconds(time.GetUtcNow().ToUnixTimeSeconds()));
        if (!mayWrite) record = record with { ReaderKeyHash = ((AccessKeyring)keyring).CommitmentOf(name) };
        var result = await PutAsync(id, record, new Precondition.Absent(), $"Access key {id} to {record.Access} '{name}'.", actor, requestId, cancellationToken);
        return (result is SubmitResult.Committed ? ((AccessKeyring)keyring).Reveal(id, record, name) : null, result);
    }

    /// <summary>Has every read-only key name the reader key that this origin derives: those of before it was named, and all of them after a new master key.</summary>
    /// <param name="cancellationToken">Stops the wait.</param>
    public async Task NameReaderKeysAsync(CancellationToken cancellationToken)
    {
        foreach (var (id, record, opens) in AccessKeyRecord.ReadAll(NamespaceName.Realm, sequencer.Current.State.Find(NamespaceName.Realm)?.Records ?? Core.Merkle.MerkleMap.Empty).ToList())
            if (((AccessKeyring)keyring).CommitmentOf(opens) is var named && record.ReaderKeyHash != named)
                await PutAsync(id, record with { ReaderKeyHash = named }, new Precondition.Exists(), $"Access key {id} names its reader key.", "origin", $"reader-key-{id}-{named[..16]}", cancellationToken);
    }

    /// <summary>Ends a key.</summary>
    public async Task<SubmitResult> RevokeAsync(string id, string actor, string requestId, CancellationToken cancellationToken)
    {
        if (keyring.Find(id) is not { } key) return new SubmitResult.NotFound();
        var kept = key.MayWrite ? NamespaceName.Credentials : NamespaceName.Realm;
        var operation = new SettingOperation.Delete(SettingKey.Create(AccessKeyRecord.KeyPrefix + id), new Precondition.Exists());
        return await sequencer.SubmitAsync(new Submission.Change(new Changeset(kept, [operation], $"Access key {id} ended."), actor, requestId) { IsByOrigin = true }, cancellationToken);
    }

    /// <summary>Gives a key a new first secret. Its first becomes its second and goes on working; the second before ends, as do both with <paramref name="endBoth"/>.</summary>
    /// <param name="id">Which key.</param>
    /// <param name="endBoth">Whether both secrets end now, as after a leak: clients must have the new one to come in.</param>
    /// <param name="actor">Who does it.</param>
    /// <param name="requestId">Its request id; the same one makes the same secret.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    /// <returns>The key with its secrets, or what stood in the way.</returns>
    public async Task<(AccessKey? Key, SubmitResult Result)> RotateAsync(string id, bool endBoth, string actor, string requestId, CancellationToken cancellationToken)
    {
        if (keyring.Find(id) is not { } key) return (null, new SubmitResult.NotFound());
        var kept = key.MayWrite ? NamespaceName.Credentials : NamespaceName.Realm;
        var setting = SettingRecord.KeyOf(SettingKey.Create(AccessKeyRecord.KeyPrefix + id));
        if (sequencer.Current.State.Find(kept)?.Records is not { } records || !records.TryGet(setting, out var value)
            || !SettingRecord.TryParse(setting, value.Span, out var stands) || !AccessKeyRecord.TryParse(stands.Value, kept, out var record, out _)) return (null, new SubmitResult.NotFound());
        var newest = Math.Max(record.Primary, record.Secondary);
        var next = endBoth ? record with { Primary = newest + 1, Secondary = newest + 2 } : record with { Primary = newest + 1, Secondary = record.Primary };
        var condition = new Precondition.Matches(SettingRecord.ContentHash(value.Span)); // two at once must not end each other's secret unseen
        var result = await PutAsync(id, next, condition, $"Access key {id}: new secret{(endBoth ? "s; the ones before ended" : "")}.", actor, requestId, cancellationToken);
        return (result is SubmitResult.Committed ? ((AccessKeyring)keyring).Reveal(id, next, key.Namespace) : null, result);
    }

    private Task<SubmitResult> PutAsync(string id, AccessKeyRecord record, Precondition condition, string message, string actor, string requestId, CancellationToken cancellationToken) =>
        sequencer.SubmitAsync(new Submission.Change(new Changeset(record.KeptIn, [new SettingOperation.Put(record.ToSetting(id), condition)], message), actor, requestId) { IsByOrigin = true }, cancellationToken);
}
