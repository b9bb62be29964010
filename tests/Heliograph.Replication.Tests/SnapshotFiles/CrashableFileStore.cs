// SPDX-License-Identifier: Apache-2.0
using Heliograph.Replication.Ports;

namespace Heliograph.Replication.Tests.SnapshotFiles;

/// <summary>What a power cut does to what was not flushed.</summary>
internal enum Loss
{
    /// <summary>All of it is gone.</summary>
    Everything,

    /// <summary>All of it happens to be there.</summary>
    Nothing,

    /// <summary>Each name by chance; of each file's bytes a prefix.</summary>
    Some,
}

/// <summary>The power went. Nothing catches it: the process is gone.</summary>
internal sealed class PowerCutException : Exception;

/// <summary>A directory tree in memory that tells what was flushed from what was not, loses power after any step, fills up, and fails.</summary>
internal sealed class CrashableFileStore : IFileStore
{
    private readonly Folder _root;
    private readonly List<(Folder Folder, Action<SortedDictionary<string, object>> Apply)> _unflushedNames = [];

    public CrashableFileStore() : this(new Folder([])) { }

    private CrashableFileStore(Folder root) => _root = root;

    /// <summary>Steps that changed something so far.</summary>
    public int Steps { get; private set; }

    /// <summary>After how many steps the power goes; in the middle of the next one, if that writes bytes.</summary>
    public int? CutAfter { get; set; }

    /// <summary>What every step that changes something fails with.</summary>
    public FileFault? WriteFault { get; set; }

    /// <summary>The one step that fails with an I/O error; it may or may not have had its effect.</summary>
    public int? FailAt { get; set; }

    /// <summary>Paths that cannot be read.</summary>
    public HashSet<string> Unreadable { get; } = [];

    /// <summary>Called before a directory is listed.</summary>
    public Action? Listing { get; set; }

    /// <summary>Bytes that fit.</summary>
    public long Capacity { get; set; } = long.MaxValue;

    public IEnumerable<string> Paths => Walk(_root, "").Select(file => file.Path);

    /// <summary>What each call did, for tests that count.</summary>
    public List<string> Log { get; } = [];

    public ValueTask<FileContent?> OpenAsync(string path, CancellationToken cancellationToken)
    {
        if (Unreadable.Contains(path)) throw new FileStoreException(FileFault.Io, $"{path}: a bad sector.");
        return new(Find(path) is Bytes file ? new Content(file.Now) : null);
    }

    public ValueTask WriteAsync(string path, IReadOnlyList<ReadOnlyMemory<byte>> parts, CancellationToken cancellationToken)
    {
        var content = parts.SelectMany(part => part.ToArray()).ToArray();
        if (Find(path) is not Bytes file) // created first: a crash may leave it empty
        {
            Step($"create {path}");
            file = new([], []);
            Name(path, file);
        }
        file.Now = [];
        Put(file, content, $"write {path}");
        return default;
    }

    public ValueTask AppendAsync(string path, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        if (Find(path) is not Bytes file)
        {
            Step($"create {path}");
            file = new([], []);
            Name(path, file);
        }
        Put(file, bytes.ToArray(), $"append {path}");
        return default;
    }

    public ValueTask WriteAtAsync(string path, long offset, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        Step($"write {path} at {offset}");
        var file = (Bytes)Find(path)!;
        file.Now = [.. file.Now.AsSpan(0, (int)offset), .. bytes.Span, .. file.Now.AsSpan((int)offset + bytes.Length)];
        return default;
    }

    public ValueTask FlushAsync(string path, CancellationToken cancellationToken)
    {
        Step($"flush {path}");
        var file = (Bytes)Find(path)!;
        file.Durable = file.Now;
        return default;
    }

    public ValueTask RenameAsync(string from, string to, CancellationToken cancellationToken)
    {
        Step($"rename {to}");
        var (folder, source) = Parent(from);
        var (target, name) = Parent(to);
        if (folder != target) throw new NotSupportedException("Renames stay in their directory.");
        var file = folder.Now[source];
        Change(folder, names =>
        {
            names.Remove(source);
            names[name] = file;
        });
        return default;
    }

    public ValueTask FlushDirectoryAsync(string directory, CancellationToken cancellationToken)
    {
        Step($"flush {directory}/");
        var folder = (Folder)Find(directory)!;
        folder.Durable = new(folder.Now);
        _unflushedNames.RemoveAll(change => change.Folder == folder);
        return default;
    }

    public ValueTask DeleteAsync(string path, CancellationToken cancellationToken)
    {
        Step($"delete {path}");
        var (folder, name) = Parent(path);
        Change(folder, names => names.Remove(name));
        return default;
    }

    public ValueTask CreateDirectoryAsync(string directory, CancellationToken cancellationToken)
    {
        for (var end = directory.IndexOf('/'); ; end = directory.IndexOf('/', end + 1))
        {
            var path = end < 0 ? directory : directory[..end];
            if (Find(path) is null)
            {
                Step($"create {path}/");
                Name(path, new Folder([]));
            }
            if (end < 0) return default;
        }
    }

    public ValueTask<IReadOnlyList<string>> ListAsync(string directory, CancellationToken cancellationToken)
    {
        Listing?.Invoke();
        cancellationToken.ThrowIfCancellationRequested();
        if (Unreadable.Contains(directory)) throw new FileStoreException(FileFault.Io, $"{directory}: a bad sector.");
        return new(Find(directory) is Folder folder ? [.. folder.Now.Keys] : []);
    }

    /// <summary>Replaces a file's bytes behind everyone's back, durably.</summary>
    public void Damage(string path, Func<byte[], byte[]> change)
    {
        var file = (Bytes)Find(path)!;
        file.Now = file.Durable = change([.. file.Now]);
    }

    /// <summary>Removes a file behind everyone's back, durably.</summary>
    public void Lose(string path)
    {
        var (folder, name) = Parent(path);
        folder.Now.Remove(name);
        folder.Durable.Remove(name);
    }

    public byte[] Read(string path) => ((Bytes)Find(path)!).Now;

    /// <summary>The disk as the next start finds it.</summary>
    public CrashableFileStore AfterPowerCut(Loss loss, int seed = 0)
    {
        var random = new Random(seed);
        bool Survives() => loss == Loss.Nothing || (loss == Loss.Some && random.Next(2) == 0);
        var names = _unflushedNames.Where(_ => Survives()).ToLookup(change => change.Folder, change => change.Apply);
        return new((Folder)Copy(_root));

        object Copy(object entry)
        {
            if (entry is Bytes file)
            {
                var bytes = loss switch { Loss.Everything => file.Durable, Loss.Nothing => file.Now, _ => Torn(file) };
                return new Bytes(bytes, bytes);
            }
            var folder = (Folder)entry;
            var left = new SortedDictionary<string, object>(folder.Durable, StringComparer.Ordinal);
            foreach (var apply in names[folder]) apply(left);
            return new Folder(new(left.ToDictionary(named => named.Key, named => Copy(named.Value)), StringComparer.Ordinal));
        }

        byte[] Torn(Bytes file)
        {
            if (file.Now.AsSpan().StartsWith(file.Durable)) return file.Now[..random.Next(file.Durable.Length, file.Now.Length + 1)];
            return random.Next(3) switch { 0 => file.Durable, 1 => file.Now, _ => file.Now[..random.Next(file.Now.Length + 1)] };
        }
    }

    private void Step(string what)
    {
        if (CutAfter == Steps) throw new PowerCutException();
        Steps++;
        Log.Add(what);
        if (WriteFault is { } fault) throw new FileStoreException(fault, $"{what} failed.");
        if (FailAt == Steps) throw new FileStoreException(FileFault.Io, $"{what} failed.");
    }

    private void Put(Bytes file, byte[] bytes, string what)
    {
        try
        {
            Step(what);
        }
        catch (Exception)
        {
            file.Now = [.. file.Now, .. bytes.AsSpan(0, bytes.Length / 2)]; // torn
            throw;
        }
        var free = Capacity - Walk(_root, "").Sum(named => (long)named.File.Now.Length);
        file.Now = [.. file.Now, .. bytes.AsSpan(0, (int)Math.Clamp(free, 0, bytes.Length))];
        if (free < bytes.Length) throw new FileStoreException(FileFault.Full, $"{what}: no space left.");
    }

    private void Name(string path, object entry)
    {
        var (folder, name) = Parent(path);
        Change(folder, names => names[name] = entry);
    }

    private void Change(Folder folder, Action<SortedDictionary<string, object>> apply)
    {
        apply(folder.Now);
        _unflushedNames.Add((folder, apply));
    }

    private (Folder Folder, string Name) Parent(string path)
    {
        var slash = path.LastIndexOf('/');
        return ((Folder)(Find(slash < 0 ? "" : path[..slash]) ?? throw new FileStoreException(FileFault.Io, $"{path}: no such directory.")), path[(slash + 1)..]);
    }

    private object? Find(string path)
    {
        object? entry = _root;
        foreach (var name in path.Split('/', StringSplitOptions.RemoveEmptyEntries)) entry = (entry as Folder)?.Now.GetValueOrDefault(name);
        return entry;
    }

    private static IEnumerable<(string Path, Bytes File)> Walk(Folder folder, string path) => folder.Now.SelectMany(entry =>
        entry.Value is Bytes file ? [($"{path}{entry.Key}", file)] : Walk((Folder)entry.Value, $"{path}{entry.Key}/"));

    private sealed class Bytes(byte[] now, byte[] durable)
    {
        public byte[] Now { get; set; } = now;

        public byte[] Durable { get; set; } = durable;
    }

    private sealed class Folder(SortedDictionary<string, object> names)
    {
        public SortedDictionary<string, object> Now { get; } = new(names, StringComparer.Ordinal);

        public SortedDictionary<string, object> Durable { get; set; } = new(names, StringComparer.Ordinal);
    }

    private sealed class Content(byte[] bytes) : FileContent
    {
        private byte[]? _bytes = [.. bytes];

        public override ReadOnlyMemory<byte> Bytes => _bytes ?? throw new ObjectDisposedException(nameof(Content));

        protected override void Dispose(bool disposing)
        {
            if (_bytes is null) return;
            Array.Fill(_bytes, (byte)0xDD); // whoever kept a slice sees it
            _bytes = null;
        }
    }
}
