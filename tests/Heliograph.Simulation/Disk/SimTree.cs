// SPDX-License-Identifier: Apache-2.0
using Heliograph.Replication.Ports;
using Heliograph.Simulation.Faults;

namespace Heliograph.Simulation.Disk;

/// <summary>Names and files: as programs see them, and as they are on the platter. A name is durable only when its directory was flushed.</summary>
public sealed class SimTree
{
    private readonly SortedDictionary<string, SimFile> _seen = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, SimFile> _durable = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _directories = new(StringComparer.Ordinal);

    /// <summary>Files as programs see them, ordered by path.</summary>
    public IReadOnlyCollection<string> Paths => _seen.Keys;

    internal SimTree Clone()
    {
        var clone = new SimTree();
        var copies = new Dictionary<SimFile, SimFile>();
        SimFile Copy(SimFile file) => copies.TryGetValue(file, out var copy) ? copy : copies[file] = file.Clone();
        foreach (var (path, file) in _seen) clone._seen[path] = Copy(file);
        foreach (var (path, file) in _durable) clone._durable[path] = Copy(file);
        clone._directories.UnionWith(_directories);
        return clone;
    }

    internal SimFile? Find(string path) => _seen.GetValueOrDefault(path);

    /// <summary>A new, empty file of that name; what had the name before has none any more.</summary>
    internal SimFile Create(string path)
    {
        if (DirectoryOf(path) is { Length: > 0 } directory && !_directories.Contains(directory)) throw new FileStoreException(FileFault.Io, $"There is no directory '{directory}'.");
        return _seen[path] = new SimFile();
    }

    internal void Rename(string from, string to)
    {
        if (!_seen.Remove(from, out var file)) throw new FileStoreException(FileFault.Io, $"There is no '{from}' to rename.");
        _seen[to] = file;
    }

    internal void Delete(string path) => _seen.Remove(path);

    /// <summary>A directory is durable at once: it is made when a program starts, and loss of one is loss of a new disk.</summary>
    internal void CreateDirectory(string directory)
    {
        for (var path = directory; path.Length > 0; path = DirectoryOf(path)) _directories.Add(path);
    }

    internal IReadOnlyList<string> List(string directory)
    {
        var prefix = directory.Length == 0 ? "" : directory + "/";
        return [.. _seen.Keys.Concat(_directories).Where(path => path.StartsWith(prefix, StringComparison.Ordinal) && path.Length > prefix.Length)
            .Select(path => path[prefix.Length..].Split('/')[0]).Distinct().Order(StringComparer.Ordinal)];
    }

    internal void FlushDirectory(string directory)
    {
        foreach (var path in _durable.Keys.Where(path => DirectoryOf(path) == directory && !_seen.ContainsKey(path)).ToArray()) _durable.Remove(path);
        foreach (var (path, file) in _seen)
            if (DirectoryOf(path) == directory) _durable[path] = file;
    }

    internal string? FlipBit(Random random)
    {
        var candidates = _seen.Where(entry => entry.Value.Bytes.Length > 0).ToArray();
        if (candidates.Length == 0) return null;
        var (path, file) = candidates[random.Next(candidates.Length)];
        file.FlipBit(random);
        return path;
    }

    internal bool HasUnflushedNames => Directories().Any(HasChanged);

    internal bool HasPendingWrites => _seen.Values.Any(file => file.HasPending);

    /// <summary>A sector of a file lands in another file; where it belongs there is what was there before.</summary>
    /// <returns>Which file it landed in; <see langword="null"/> if there is none.</returns>
    internal string? Misdirect(string path, Random random)
    {
        var others = _seen.Where(entry => entry.Key != path && entry.Value.Bytes.Length > 0).ToArray();
        if (Find(path) is not { Bytes.Length: > 0 } file || others.Length == 0) return null;
        var (landed, other) = others[random.Next(others.Length)];
        file.LoseSectorTo(other, random);
        return landed;
    }

    /// <summary>The power goes. Each file and each directory fares on its own, as the faults that are on allow; with none on, all had just been written.</summary>
    internal void CutPower(FaultMenu faults, Random random)
    {
        foreach (var directory in Directories().Where(HasChanged).ToArray())
        {
            var fault = faults.OneOf(Fault.DirectoryEntryLost, Fault.RenameWithoutData);
            if (fault is { } struck) faults.Count(struck);
            if (fault == Fault.RenameWithoutData) LoseDataOfNew(directory);
            if (fault != Fault.DirectoryEntryLost) FlushDirectory(directory);
        }
        foreach (var file in _seen.Values.Concat(_durable.Values).Distinct()) CutPower(file, faults, random);
        _seen.Clear();
        foreach (var (path, file) in _durable) _seen[path] = file;
    }

    private void LoseDataOfNew(string directory)
    {
        foreach (var (path, file) in _seen)
            if (DirectoryOf(path) == directory && _durable.GetValueOrDefault(path) != file) file.LosePending();
    }

    private static void CutPower(SimFile file, FaultMenu faults, Random random)
    {
        if (!file.IsDirty) return;
        var fault = file.HasPending ? faults.OneOf(Fault.PartOfWrites, Fault.TornWrite, Fault.LostWrites) : faults.OneOf(Fault.LostWrites);
        if (fault is { } struck) faults.Count(struck);
        switch (fault)
        {
            case Fault.PartOfWrites: file.KeepSomePending(random); break;
            case Fault.TornWrite: file.TearLastPending(random); break;
            case Fault.LostWrites: file.LosePending(); break;
            default: file.KeepPending(); break;
        }
    }

    private IEnumerable<string> Directories() => _seen.Keys.Concat(_durable.Keys).Select(DirectoryOf).Distinct();

    private bool HasChanged(string directory) =>
        _seen.Any(entry => DirectoryOf(entry.Key) == directory && _durable.GetValueOrDefault(entry.Key) != entry.Value)
        || _durable.Keys.Any(path => DirectoryOf(path) == directory && !_seen.ContainsKey(path));

    private static string DirectoryOf(string path) => path.LastIndexOf('/') is var slash and > 0 ? path[..slash] : "";
}
