// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core;
using Heliograph.Core.Heads;
using Heliograph.Core.LastKnownGood;
using Heliograph.Core.Replicas;
using Heliograph.Replication.Ports;

namespace Heliograph.Replication.SnapshotFiles;

internal sealed partial class NamespaceFiles
{
    /// <summary>Makes a version durable, then the floor that it stands for. docs/reference/snapshot-files.md says what a crash after each step leaves.</summary>
    /// <exception cref="FileStoreException">It is not durable; what was durable before still is, and is what the next start finds, or this very version.</exception>
    /// <exception cref="InvalidOperationException">The version lies below the floor: a judge failed before us.</exception>
    public async ValueTask PersistAsync(NamespaceVersion version, CancellationToken cancellationToken)
    {
        RequireRead();
        var floor = _floor.Floor;
        if (version.Revision.IsBefore(floor.Revision) && !Planted.SkipFloor) throw new InvalidOperationException($"'{name}' at {version.Revision} is below its floor, {floor.Revision}.");
        for (var isRetry = false; ; isRetry = true)
        {
            try
            {
                await WriteAsync(version, cancellationToken);
                return;
            }
            catch (FileStoreException exception) when (exception.Fault == FileFault.Full)
            {
                // A host with a full disk must still get an emergency change: what was yesterday is worth less than that.
                if (!await MakeRoomAsync(cancellationToken) || isRetry) throw;
                logger.MadeRoom(name, version.Revision);
            }
        }
    }

    /// <summary>Lets <c>STABLE</c> point to a revision in the current generation.</summary>
    /// <returns>Whether it does; not if the revision is not the one held now.</returns>
    public async ValueTask<bool> MarkStableAsync(Revision revision, CancellationToken cancellationToken)
    {
        if (_stored is not { } stored || stored.Version.Revision != revision) return false;
        var stable = new GenerationPointer(stored.Generation, revision);
        if (_stable == stable) return true;
        await files.ReplaceAsync(PathOf(StableName), stable.Encode(), cancellationToken);
        await files.FlushNamesAsync(_directory, cancellationToken);
        _stable = stable;
        logger.MarkedStable(name, revision);
        return true;
    }

    /// <summary>Forgets the content of a deleted namespace and keeps its floor, raised to the head that shows the deletion.</summary>
    public async ValueTask RemoveAsync(SignedHead head, CancellationToken cancellationToken)
    {
        RequireRead();
        var floor = _floor.Floor;
        var headRevision = head.Revision.IsAfter(floor.HeadRevision) ? head.Revision : floor.HeadRevision;
        var removed = new FloorFile(floor with { HeadRevision = headRevision }, Math.Max(1, head.IssuedAt.ToUnixTimeMilliseconds()));
        await EnsureDirectoryAsync(cancellationToken);
        await files.ReplaceAsync(PathOf(FloorName), removed.Encode(name), cancellationToken);
        await files.FlushNamesAsync(_directory, cancellationToken); // from here on it is removed, whatever is still lying there
        (_floor, _stored, _stable) = (removed, null, null);
        await RemoveLeftOversAsync(await files.ListAsync(_directory, cancellationToken), cancellationToken);
    }

    /// <summary>Deletes the floor of a removed namespace. The empty directory stays.</summary>
    /// <returns>Whether it is gone; if not, the next start tries again.</returns>
    public async ValueTask<bool> TryForgetAsync(CancellationToken cancellationToken)
    {
        try
        {
            await files.DeleteAsync(PathOf(FloorName), cancellationToken);
        }
        catch (FileStoreException exception)
        {
            logger.NotCleaned(exception, PathOf(FloorName), exception.Fault);
            return false;
        }
        _floor = new(Floor.None);
        return true;
    }

    private async ValueTask WriteAsync(NamespaceVersion version, CancellationToken cancellationToken)
    {
        var plan = PersistPlan.For(_stored, version, IsFreshnessDue);
        if (plan.Step == PersistStep.Nothing) return;
        var before = _stored;
        _stored = before is null ? null : before with { IsAppendable = false }; // until every step is done: after a failure nobody knows what the file ends with
        await EnsureDirectoryAsync(cancellationToken);
        if (plan.Step == PersistStep.WriteSnapshot) await WriteSnapshotAsync(plan, cancellationToken);
        else await WriteDeltaAsync(plan, before!, cancellationToken);

        var floor = new FloorFile(_floor.Floor.RaisedTo(Floor.Of(version)));
        await files.ReplaceAsync(PathOf(FloorName), floor.Encode(name), cancellationToken);
        await files.FlushNamesAsync(_directory, cancellationToken); // and CURRENT's, if it was moved
        (_stored, _floor) = (plan.Then, floor);
        ScheduleFreshness(isFirst: false);
        if (plan.Step == PersistStep.WriteSnapshot) await CleanUpAsync(CancellationToken.None); // it is durable, and whoever asked for it must learn so, also one that leaves meanwhile
    }

    private async ValueTask WriteSnapshotAsync(PersistPlan plan, CancellationToken cancellationToken)
    {
        var generation = plan.Then!.Generation;
        await files.ReplaceAsync(PathOf(generation.SnapshotName), plan.Bytes, cancellationToken);
        await files.FlushNamesAsync(_directory, cancellationToken); // the file before the pointer to it
        await files.ReplaceAsync(PathOf(CurrentName), new GenerationPointer(generation, generation.Revision).Encode(), cancellationToken);
    }

    private async ValueTask WriteDeltaAsync(PersistPlan plan, StoredGeneration before, CancellationToken cancellationToken)
    {
        var path = PathOf(before.Generation.DeltaName);
        if (plan.Step == PersistStep.ReplaceDelta || before.DeltaBytes == 0) // the first of a file: nothing of another life may stand before it
        {
            await files.ReplaceAsync(path, plan.Bytes, cancellationToken);
            await files.FlushNamesAsync(_directory, cancellationToken);
            return;
        }
        await files.AppendAsync(path, plan.Bytes, cancellationToken);
        await files.FlushAsync(path, cancellationToken);
    }

    private async ValueTask EnsureDirectoryAsync(CancellationToken cancellationToken)
    {
        if (_hasDirectory) return;
        await files.CreateDurablyAsync(_directory, cancellationToken);
        _hasDirectory = true;
    }

    private async ValueTask CleanUpAsync(CancellationToken cancellationToken)
    {
        try
        {
            await RemoveLeftOversAsync(await files.ListAsync(_directory, cancellationToken), cancellationToken, GenerationRetention.GenerationsKept);
        }
        catch (FileStoreException exception)
        {
            logger.NotCleaned(exception, _directory, exception.Fault); // the version is durable all the same
        }
    }

    /// <summary>Deletes older generations, all but the current and the stable one, and what the failed write has left.</summary>
    /// <returns>Whether there was such a generation: then it is worth another try.</returns>
    private async ValueTask<bool> MakeRoomAsync(CancellationToken cancellationToken)
    {
        var deleted = await RemoveLeftOversAsync(await files.ListAsync(_directory, cancellationToken), cancellationToken, kept: 1);
        return deleted.Any(file => !file.EndsWith(GenerationRetention.TemporarySuffix, StringComparison.Ordinal));
    }

    /// <summary>Deletes what a crash has left and, if <paramref name="kept"/> says how many to keep, generations beyond them. A failure is only told: what is too much does not hurt.</summary>
    private async ValueTask<IReadOnlyList<string>> RemoveLeftOversAsync(IReadOnlyList<string> names, CancellationToken cancellationToken, int? kept = null)
    {
        var deletable = _floor.IsRemoved ? [.. names.Where(file => file != FloorName)]
            : GenerationRetention.Deletable(names, kept is null ? null : _stored?.Generation, _stable?.Generation, kept ?? GenerationRetention.GenerationsKept);
        var deleted = new List<string>();
        foreach (var file in deletable)
        {
            try
            {
                await files.DeleteAsync(PathOf(file), cancellationToken);
                deleted.Add(file);
            }
            catch (FileStoreException exception)
            {
                logger.NotCleaned(exception, PathOf(file), exception.Fault);
            }
        }
        return deleted;
    }

    private void RequireRead()
    {
        if (!_isRead) throw new InvalidOperationException($"'{name}' must be loaded before it is changed: its floor is not known.");
    }
}
