// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Storage.Sqlite.Tests.Faults;

/// <summary>How the disk looks to the next start.</summary>
internal enum Cut
{
    /// <summary>The process was killed: the page cache lives on, so every call that returned counts.</summary>
    Kill,

    /// <summary>The power went, and nothing that was not flushed had reached the platter: neither bytes nor names.</summary>
    PowerNothingKept,

    /// <summary>The power went, and any of what was not flushed had reached the platter, in any order, one write perhaps torn between sectors.</summary>
    PowerSomeKept,
}

/// <summary>A disk that knows what is durable. POSIX, strictly: bytes by fsync of the file, names by fsync of the directory, and nothing else.</summary>
internal sealed class PlatterModel
{
    private const int SectorBytes = 512;

    private readonly Dictionary<string, Content> _names = [], _durableNames = [];

    /// <summary>Grows whenever what is durable changes.</summary>
    public int DurableVersion { get; private set; }

    public void Apply(DiskEvent happened)
    {
        switch (happened.Action)
        {
            case DiskAction.Create:
                if (!_names.ContainsKey(happened.Path)) _names[happened.Path] = new();
                break;
            case DiskAction.Write or DiskAction.Truncate:
                _names[happened.Path].Pending.Add(happened);
                break;
            case DiskAction.Flush:
                _names[happened.Path].Flush();
                DurableVersion++;
                break;
            case DiskAction.FlushDirectory:
                _durableNames.Clear();
                foreach (var (name, content) in _names) _durableNames[name] = content;
                DurableVersion++;
                break;
            case DiskAction.Rename:
                _names.Remove(happened.Path, out var moved);
                _names[happened.Target!] = moved!;
                break;
            case DiskAction.Delete:
                _names.Remove(happened.Path);
                break;
            default:
                throw new InvalidOperationException($"Unknown: {happened.Action}.");
        }
    }

    /// <summary>The files that are there after a cut at this instant.</summary>
    public Dictionary<string, byte[]> After(Cut cut, Random random) => cut switch
    {
        Cut.Kill => _names.ToDictionary(file => file.Key, file => file.Value.With(file.Value.Pending)),
        Cut.PowerNothingKept => _durableNames.ToDictionary(file => file.Key, file => file.Value.With([])),
        _ => (random.Next(2) == 0 ? _names : _durableNames).ToDictionary(file => file.Key, file => file.Value.With(Some(file.Value.Pending, random))),
    };

    private static List<DiskEvent> Some(List<DiskEvent> pending, Random random)
    {
        var kept = pending.Where(_ => random.Next(2) == 0).ToList();
        if (kept.Count == 0) return kept;
        var torn = random.Next(kept.Count);
        if (kept[torn] is { Action: DiskAction.Write, Data: { Length: > SectorBytes } data } write)
            kept[torn] = write with { Data = data[..(SectorBytes * random.Next(1, data.Length / SectorBytes))] };
        return kept;
    }

    private sealed class Content
    {
        private byte[] _durable = [];

        public List<DiskEvent> Pending { get; } = [];

        public void Flush()
        {
            _durable = With(Pending);
            Pending.Clear();
        }

        public byte[] With(List<DiskEvent> changes)
        {
            var bytes = _durable;
            foreach (var change in changes)
            {
                var end = change.Action == DiskAction.Truncate ? change.Offset : Math.Max(bytes.Length, change.Offset + change.Data!.Length);
                if (ReferenceEquals(bytes, _durable) || bytes.Length != end)
                {
                    var resized = new byte[end]; // holes are zeros
                    bytes.AsSpan(0, (int)Math.Min(bytes.Length, end)).CopyTo(resized);
                    bytes = resized;
                }
                if (change.Action == DiskAction.Write) change.Data!.CopyTo(bytes, (int)change.Offset);
            }
            return bytes;
        }
    }
}
