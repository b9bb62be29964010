// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using Heliograph.AppConfiguration.Http;
using Heliograph.AppConfiguration.Stores;
using Heliograph.Core.Merkle;
using Heliograph.Core.Sequencing;
using Heliograph.Core.State;
using Heliograph.Platform;

namespace Heliograph.AppConfiguration.KeyValues;

/// <summary>One key-value put, deleted, locked, unlocked: each an entry of the log with the caller as its author.</summary>
/// <remarks>
/// The face reads what stands, decides, and asks the sequencer to write only if that still stands where it matters: an entity tag is content and stamp, so
/// "still has this etag" is "was last written by that entry".
/// </remarks>
internal sealed class KeyValueWrites(Sequencer sequencer, SystemIds ids)
{
    private const string OwnMediaType = "application/vnd.microsoft.appconfig.kv+json";
    private const int SizeBytesMax = 10 << 10;
    private const int RoundsMax = 16; // of a lock or unlock that others keep overtaking

    /// <summary>PUT /kv/{key}.</summary>
    public async Task<Answer> PutAsync(FaceRequest request)
    {
        var key = request.Key();
        if (!KeyValueBody.IsReadable(request.Context.Request.ContentType, OwnMediaType)) return Problems.UnsupportedMediaType;
        var setting = KeyValueBody.Read(key, request.Body, request.Version);
        if (KeyValueJson.SizeOf(setting) > SizeBytesMax) return Problems.TooLarge($"A key-value has at most {SizeBytesMax} bytes in all.");
        var current = Current(request, key);
        if (!request.Conditions.AllowChange(current?.ETag)) return Problems.PreconditionFailed;
        var operation = new SettingOperation.Put(setting, Required(request.Conditions, current)) { MayUnlock = false };
        return await SubmitAsync(request, operation, key, (_, after) => after);
    }

    /// <summary>DELETE /kv/{key}.</summary>
    public async Task<Answer> DeleteAsync(FaceRequest request)
    {
        var key = request.Key();
        var current = Current(request, key);
        if (!request.Conditions.AllowChange(current?.ETag)) return Problems.PreconditionFailed;
        return await SubmitAsync(request, new SettingOperation.Delete(key, Required(request.Conditions, current)), key, (before, _) => before);
    }

    /// <summary>PUT and DELETE /locks/{key}.</summary>
    public async Task<Answer> LockAsync(FaceRequest request, bool isLocked)
    {
        var key = request.Key();
        for (var round = 0; round < RoundsMax; round++)
        {
            var current = Current(request, key);
            if (current is null) return Problems.NotFound;
            if (!request.Conditions.AllowChange(current.ETag)) return Problems.PreconditionFailed;
            if (current.Setting.IsLocked == isLocked) return KeyValueReads.Of(current, request, StateOf(request).Revision);
            var operation = new SettingOperation.Put(current.Setting with { IsLocked = isLocked }, new Precondition.StampedAt(current.Stamp.Revision));
            var answer = await SubmitAsync(request, operation, key, (_, after) => after);
            if (answer.Status != 412) return answer; // else someone was faster: look again
        }
        return Problems.TooManyRequests(TimeSpan.FromSeconds(1));
    }

    private static Precondition? Required(Conditions conditions, KeyValue? current) =>
        conditions.AreNone ? null
        : current is null ? new Precondition.Absent()
        : conditions.HasMatch ? new Precondition.StampedAt(current.Stamp.Revision)
        : null; // If-None-Match with another etag: what it names has been overwritten and never comes back

    private StoreState StateOf(FaceRequest request)
    {
        var realm = sequencer.Current.State;
        return realm.Find(request.Caller.Store) is { } found ? new(found.Revision, found.Records, found.ChangedAt) : default;
    }

    private KeyValue? Current(FaceRequest request, SettingKey key)
    {
        var state = StateOf(request);
        return state.Records is null ? null : KeyValue.Find(state.Records, key, new(state.Revision, state.AsOf));
    }

    private async Task<Answer> SubmitAsync(FaceRequest request, SettingOperation operation, SettingKey key, Func<MerkleMap, MerkleMap, MerkleMap> answersWith)
    {
        var changeset = new Changeset(request.Caller.Store, [operation]);
        var result = await sequencer.SubmitAsync(new Submission.Change(changeset, request.Caller.Actor, ids.NewRequestId()), request.Aborted);
        return result switch
        {
            SubmitResult.Committed done => Shown(answersWith(done.Before, done.After), done.Entry.Revision, done.Entry.CommittedAt),
            SubmitResult.Unchanged same when operation is SettingOperation.Delete => new(204) { Revision = same.Revision },
            SubmitResult.Unchanged same => Shown(same.Records, same.Revision, StateOf(request).AsOf),
            _ => Refusals.Of(result, key.Key),
        };

        Answer Shown(MerkleMap records, Revision revision, DateTimeOffset at) =>
            KeyValue.Find(records, key, new SettingStamp(revision, at)) is { } item
                ? KeyValueReads.Of(item, request, revision)
                : throw new UnreachableException("What was just written is not there.");
    }
}
