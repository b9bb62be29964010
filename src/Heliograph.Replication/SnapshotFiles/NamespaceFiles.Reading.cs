// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.LastKnownGood;
using Heliograph.Core.Replicas;
using Heliograph.Replication.Following;
using Heliograph.Replication.Ports;

namespace Heliograph.Replication.SnapshotFiles;

internal sealed partial class NamespaceFiles
{
    /// <summary>What came of one generation: the newest version in it that is whole and passes the check.</summary>
    /// <param name="Stored">What the files hold as far as they are right.</param>
    /// <param name="IsWhole">Nothing in them was damaged or refused.</param>
    private sealed record Candidate(StoredGeneration Stored, bool IsWhole);

    /// <summary>Reads <c>CURRENT</c>'s generation, or if that fails the newest other one that is right. Never fails because of the disk: what cannot be read is damage.</summary>
    public async ValueTask<StoredReplica?> ReadAsync(Func<NamespaceVersion, Refusal?> check, CancellationToken cancellationToken)
    {
        var damage = new List<string>();
        var names = await ListAsync(damage, cancellationToken);
        _floor = await ReadFloorAsync(damage, cancellationToken) ?? _floor;
        var current = await ReadPointerAsync(CurrentName, damage, cancellationToken);
        _stable = await ReadPointerAsync(StableName, damage, cancellationToken);
        (_isRead, _hasDirectory, _stored) = (true, names.Count > 0, null);
        if (options.IsWriter) await RemoveLeftOversAsync(names, cancellationToken);
        if (_floor.IsRemoved) return new(null, _floor.Floor, damage);

        if (current is null && damage.Count == 0 && names.Any(file => Generation.TryParse(file, out _))) damage.Add($"{PathOf(CurrentName)}: it is not there.");
        var best = await BestAsync(names, current?.Generation, upTo: null, check, damage, cancellationToken);
        if (best is not null)
        {
            if (best.Stored.Generation != current?.Generation) logger.StartedFromOlder(name, best.Stored.Generation.SnapshotName, best.Stored.Version.Revision, string.Join(' ', damage));
            var isConfirmed = !options.IsWriter || await TryConfirmAsync(best, damage, cancellationToken);
            if (!isConfirmed && IsAboveFloor(best)) best = await BestAsync(names, current?.Generation, _floor.Floor.Revision, check, [], cancellationToken) ?? best; // it was never shown, so this is no step back
            _stored ??= best.Stored with { IsAppendable = isConfirmed && best.IsWhole && best.Stored.Generation == current?.Generation };
            _floor = _floor with { Floor = _floor.Floor.RaisedTo(Floor.Of(best.Stored.Version)) };
        }
        else if (!_floor.Floor.IsNone) logger.NothingUsable(name, _floor.Floor.Revision, string.Join(' ', damage));
        ScheduleFreshness(isFirst: true);
        return best is null && _floor.Floor.IsNone && damage.Count == 0 ? null : new(best?.Stored.Version, _floor.Floor, damage);
    }

    /// <summary>Reads what <c>STABLE</c> points to, as far as it means; <see langword="null"/> if there is none that is right.</summary>
    public async ValueTask<NamespaceVersion?> ReadStableAsync(Func<NamespaceVersion, Refusal?> check, ICollection<string> damage, CancellationToken cancellationToken)
    {
        if (await ReadPointerAsync(StableName, damage, cancellationToken) is not { } stable) return null;
        return (await ReadGenerationAsync(stable.Generation, stable.Revision, check, damage, cancellationToken))?.Stored.Version;
    }

    /// <summary>Reads the newest version up to a revision that passes the check, out of all generations, and changes nothing here.</summary>
    public async ValueTask<NamespaceVersion?> ReadEarlierAsync(Revision upTo, Func<NamespaceVersion, Refusal?> check, ICollection<string> damage, CancellationToken cancellationToken)
    {
        var names = await ListAsync(damage, cancellationToken);
        NamespaceVersion? best = null;
        foreach (var generation in names.Select(file => Generation.TryParse(file, out var found) ? found : (Generation?)null).OfType<Generation>().OrderDescending())
        {
            if (generation.Revision.IsAfter(upTo)) continue;
            var version = (await ReadGenerationAsync(generation, upTo, check, damage, cancellationToken))?.Stored.Version;
            if (version is not null && (best is null || version.Revision.IsAfter(best.Revision))) best = version; // an older file's delta may reach beyond the beginning of a newer one
        }
        return best;
    }

    /// <summary>Reads what <c>CURRENT</c> points to once more, as a fresh process would, and changes nothing here.</summary>
    /// <returns>Its revision, if all of it is whole and passes the check.</returns>
    public async ValueTask<Revision?> ReadBackAsync(Func<NamespaceVersion, Refusal?> check, ICollection<string> damage, CancellationToken cancellationToken)
    {
        if (await ReadPointerAsync(CurrentName, damage, cancellationToken) is not { } current) return null;
        return await ReadGenerationAsync(current.Generation, upTo: null, check, damage, cancellationToken) is { IsWhole: true } whole ? whole.Stored.Version.Revision : null;
    }

    /// <summary>The floor of a namespace that was removed; <see langword="null"/> if it was not, or the floor cannot be read.</summary>
    public async ValueTask<FloorFile?> ReadRemovedAsync(CancellationToken cancellationToken) =>
        await ReadFloorAsync([], cancellationToken) is { IsRemoved: true } floor ? floor : null;

    /// <summary>Makes sure that a power cut does not take back what is about to be shown: an earlier process may have died between writing and flushing, and the page cache does not tell.</summary>
    /// <remarks>
    /// What lies above the floor was perhaps never flushed, and a flush that failed before would be no proof if it succeeded now; so it is written anew, as a
    /// whole. Up to the floor everything was flushed, but perhaps not the names that lead there.
    /// </remarks>
    private async ValueTask<bool> TryConfirmAsync(Candidate best, List<string> damage, CancellationToken cancellationToken)
    {
        try
        {
            if (IsAboveFloor(best)) await WriteAsync(best.Stored.Version, cancellationToken);
            else await files.FlushNamesAsync(_directory, cancellationToken);
            return true;
        }
        catch (FileStoreException exception)
        {
            _stored = null;
            damage.Add($"{_directory}: what was written last could not be made durable ({exception.Fault}).");
            return false;
        }
    }

    private bool IsAboveFloor(Candidate candidate) => candidate.Stored.Version.Revision.IsAfter(_floor.Floor.Revision);

    private async ValueTask<Candidate?> BestAsync(IReadOnlyList<string> names, Generation? current, Revision? upTo, Func<NamespaceVersion, Refusal?> check, List<string> damage, CancellationToken cancellationToken)
    {
        var others = names.Select(file => Generation.TryParse(file, out var generation) ? generation : (Generation?)null).OfType<Generation>().Where(generation => generation != current).OrderDescending();
        Candidate? best = null;
        foreach (var generation in current is { } first ? others.Prepend(first) : others)
        {
            if (upTo is { } limit && generation.Revision.IsAfter(limit)) continue;
            // Once something is right, only a file that began after it can help, and only if it lies below the floor: a pointer that was not moved in time.
            if (best is not null && (!best.Stored.Version.Revision.IsBefore(_floor.Floor.Revision) || !generation.Revision.IsAfter(best.Stored.Version.Revision))) continue;
            best = await ReadGenerationAsync(generation, upTo, check, damage, cancellationToken) ?? best;
        }
        if (best is not null && best.Stored.Version.Revision.IsBefore(_floor.Floor.Revision))
            damage.Add($"{_directory}: {_floor.Floor.Revision} was accepted before, but the newest that is whole is {best.Stored.Version.Revision}.");
        return best;
    }

    private async ValueTask<Candidate?> ReadGenerationAsync(Generation generation, Revision? upTo, Func<NamespaceVersion, Refusal?> check, ICollection<string> damage, CancellationToken cancellationToken)
    {
        var path = PathOf(generation.SnapshotName);
        using var content = await OpenAsync(path, damage, cancellationToken);
        if (content is null)
        {
            damage.Add($"{path}: it is not there or cannot be read.");
            return null;
        }
        if (!SnapshotFile.TryOpen(content.Bytes, out var snapshot, out var error) || !snapshot.TryLoad(out var version, out error))
        {
            damage.Add($"{path}: {error}.");
            return null;
        }
        if (version.Name != name || version.Revision != generation.Revision)
        {
            damage.Add($"{path}: it holds {version.Name} at {version.Revision}, which is not what its name says.");
            return null;
        }
        using var deltaContent = await OpenAsync(PathOf(generation.DeltaName), damage, cancellationToken);
        var delta = deltaContent is null ? DeltaFile.Empty : DeltaFile.Read(deltaContent.Bytes.ToArray(), snapshot); // a copy: the version outlives the file
        var before = damage.Count;
        if (delta.Damage is not null) damage.Add($"{PathOf(generation.DeltaName)}: {delta.Damage}");
        var start = new StoredGeneration(generation, version, snapshot.SizeBytes, snapshot.Digest, DeltaBytes: 0, snapshot.Digest, IsAppendable: false);
        var newest = Newest(start, delta, upTo, check, damage);
        return newest is null ? null : new(newest, damage.Count == before);
    }

    /// <summary>Goes through the delta while roots are right, and back until the check passes.</summary>
    private StoredGeneration? Newest(StoredGeneration start, DeltaFile delta, Revision? upTo, Func<NamespaceVersion, Refusal?> check, ICollection<string> damage)
    {
        var steps = new Stack<StoredGeneration>([start]);
        foreach (var record in delta.Records)
        {
            if (upTo is { } limit && record.Attested.Revision.IsAfter(limit)) break;
            var last = steps.Peek();
            var records = last.Version.Records.Apply(record.Changes);
            var fault = record.Attested.State.Name != name.Value ? "it is of another namespace" : record.Attested.Mismatch(records);
            if (fault is not null)
            {
                damage.Add($"{PathOf(start.Generation.DeltaName)}: record {steps.Count} is refused: {fault}.");
                break;
            }
            steps.Push(last with { Version = record.Attested.With(name, records), DeltaBytes = last.DeltaBytes + record.SizeBytes, Digest = record.Digest });
        }
        while (steps.TryPop(out var step))
        {
            if (check(step.Version) is not { } refusal) return step;
            damage.Add($"{PathOf(start.Generation.SnapshotName)} at {step.Version.Revision}: {refusal.Detail}");
        }
        return null;
    }

    private async ValueTask<FloorFile?> ReadFloorAsync(List<string> damage, CancellationToken cancellationToken)
    {
        using var content = await OpenAsync(PathOf(FloorName), damage, cancellationToken);
        if (content is null) return null;
        if (FloorFile.TryParse(content.Bytes.Span, name, out var floor, out var error)) return floor;
        damage.Add($"{PathOf(FloorName)}: {error}.");
        return null;
    }

    private async ValueTask<GenerationPointer?> ReadPointerAsync(string file, ICollection<string> damage, CancellationToken cancellationToken)
    {
        using var content = await OpenAsync(PathOf(file), damage, cancellationToken);
        if (content is null) return null;
        if (GenerationPointer.TryParse(content.Bytes.Span, out var pointer, out var error)) return pointer;
        damage.Add($"{PathOf(file)}: {error}.");
        return null;
    }

    private async ValueTask<FileContent?> OpenAsync(string path, ICollection<string> damage, CancellationToken cancellationToken)
    {
        try
        {
            return await files.OpenAsync(path, cancellationToken);
        }
        catch (FileStoreException exception)
        {
            damage.Add($"{path}: it cannot be read ({exception.Fault}).");
            return null;
        }
    }

    private async ValueTask<IReadOnlyList<string>> ListAsync(ICollection<string> damage, CancellationToken cancellationToken)
    {
        try
        {
            return await files.ListAsync(_directory, cancellationToken);
        }
        catch (FileStoreException exception)
        {
            damage.Add($"{_directory}: it cannot be listed ({exception.Fault})."); // the pointers may still lead to something
            return [];
        }
    }
}
