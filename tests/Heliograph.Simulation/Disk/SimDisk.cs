// SPDX-License-Identifier: Apache-2.0
using Heliograph.Replication.Ports;
using Heliograph.Simulation.Faults;
using Heliograph.Simulation.Kernel;

namespace Heliograph.Simulation.Disk;

/// <summary>A machine's disk, between a program's writes and the platter: what was not flushed may be lost, in part or as a whole, when the power goes.</summary>
/// <remarks>Every operation takes time, before its effect or after it, so that a crash can land on either side.</remarks>
public sealed class SimDisk : IFileStore
{
    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(5);

    private readonly SimScheduler _scheduler;
    private readonly FaultMenu _faults;
    private readonly Random _random;
    private SimTree _tree = new();
    private long _mounted;

    /// <summary>An empty disk.</summary>
    /// <param name="scheduler">The world.</param>
    /// <param name="faults">What may go wrong.</param>
    /// <param name="name">Whose disk it is.</param>
    public SimDisk(SimScheduler scheduler, FaultMenu faults, string name)
    {
        (_scheduler, _faults, Name) = (scheduler, faults, name);
        _random = scheduler.NewRandom("disk " + name);
    }

    /// <summary>Whose disk it is.</summary>
    public string Name { get; }

    /// <summary>Whether a read may give what was there before: not where the only copy of the log is, for nothing else could tell.</summary>
    public bool MayReadStale { get; init; } = true;

    /// <summary>Whether a write may land in another file: not where the only copy of the log is, nor where the mark of what was signed is, for no other copy could be taken.</summary>
    public bool MayMisdirect { get; init; } = true;

    /// <summary>How long an operation takes that typically takes so many milliseconds, where a comparison gives it; <see langword="null"/>: chance says.</summary>
    public Func<double, TimeSpan>? Duration { get; init; }

    /// <summary>Whether a power cut now could lose bytes.</summary>
    public bool HasPendingWrites => _tree.HasPendingWrites;

    /// <summary>Whether a power cut now could lose names.</summary>
    public bool HasUnflushedNames => _tree.HasUnflushedNames;

    /// <summary>Called when something was written, flushed, named or deleted.</summary>
    public event Action? Changed;

    /// <summary>No space: every write fails.</summary>
    public bool IsFull { get; set; }

    /// <summary>Mounted read-only: every change fails.</summary>
    public bool IsReadOnly { get; set; }

    /// <summary>Whether the disk itself did wrong since it was made or replaced: a bit flipped, a read failed or was stale. What a program then finds is not of its own making.</summary>
    public bool WasDamaged { get; private set; }

    /// <summary>Files as programs see them, ordered by path.</summary>
    public IReadOnlyCollection<string> Paths => _tree.Paths;

    /// <summary>How things stand now, to come back to later: an image of the disk while it is in use.</summary>
    public SimTree Image() => _tree.Clone();

    /// <summary>The machine has another disk from now on: an older image, or one of another machine. What is under way ends nowhere.</summary>
    public void Restore(SimTree image) => (_tree, _mounted) = (image.Clone(), _mounted + 1);

    /// <summary>The processes are gone, the machine is not: what they wrote is there, what was under way is not.</summary>
    public void Unmount() => _mounted++;

    /// <summary>The power is gone.</summary>
    public void CutPower()
    {
        _mounted++;
        _tree.CutPower(_faults, _random);
    }

    /// <summary>Flips a bit of a file, if there is one that holds any.</summary>
    /// <returns>Which.</returns>
    public string? FlipBit()
    {
        WasDamaged = true;
        return _tree.FlipBit(_random);
    }

    /// <summary>The bytes of a file as programs see them, for checkers; <see langword="null"/> if there is none.</summary>
    public ReadOnlyMemory<byte>? Peek(string path) => _tree.Find(path) is { } file ? file.Bytes : (ReadOnlyMemory<byte>?)null;

    /// <inheritdoc/>
    public async ValueTask<FileContent?> OpenAsync(string path, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte>? bytes = null;
        await OperateAsync(0.1, () =>
        {
            var isFailing = _faults.Strikes(Fault.ReadError, 0.02);
            var isStale = !isFailing && MayReadStale && _tree.Find(path) is { Older.Length: > 0 } && _faults.Strikes(Fault.StaleRead, 0.12);
            WasDamaged |= isFailing || isStale;
            if (isFailing) throw new FileStoreException(FileFault.Io, $"Read of '{path}' failed.");
            if (_tree.Find(path) is { } file) bytes = isStale ? file.Older : file.Bytes;
        }, cancellationToken);
        return bytes is { } content ? new Content(content) : null;
    }

    /// <inheritdoc/>
    public ValueTask WriteAsync(string path, IReadOnlyList<ReadOnlyMemory<byte>> parts, CancellationToken cancellationToken) => ChangeAsync(0.2, () =>
    {
        var file = _tree.Create(path);
        var offset = 0L;
        foreach (var part in parts)
        {
            file.Write(offset, part.Span);
            offset += part.Length;
        }
    }, cancellationToken);

    /// <inheritdoc/>
    public ValueTask AppendAsync(string path, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => ChangeAsync(0.1, () =>
    {
        var file = _tree.Find(path) ?? _tree.Create(path);
        file.Write(file.Bytes.Length, bytes.Span);
    }, cancellationToken);

    /// <inheritdoc/>
    public ValueTask WriteAtAsync(string path, long offset, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
        ChangeAsync(0.1, () => (_tree.Find(path) ?? _tree.Create(path)).Write(offset, bytes.Span), cancellationToken);

    /// <inheritdoc/>
    public ValueTask FlushAsync(string path, CancellationToken cancellationToken) => ChangeAsync(1, () =>
    {
        var file = _tree.Find(path) ?? throw new FileStoreException(FileFault.Io, $"There is no '{path}' to flush.");
        if (_faults.Strikes(Fault.LyingFlush, 0.3)) return;
        if (_faults.Strikes(Fault.FlushError, 0.01))
        {
            file.ForgetToFlush();
            throw new FileStoreException(FileFault.Io, $"Flush of '{path}' failed.");
        }
        file.Flush();
        if (MayMisdirect && _faults.IsOn(Fault.MisdirectedWrite) && _random.Chance(0.015 * _faults.Eagerness)) Misdirect(path);
    }, cancellationToken);

    /// <inheritdoc/>
    public ValueTask RenameAsync(string from, string to, CancellationToken cancellationToken) => ChangeAsync(0.1, () => _tree.Rename(from, to), cancellationToken);

    /// <inheritdoc/>
    public ValueTask FlushDirectoryAsync(string directory, CancellationToken cancellationToken) => ChangeAsync(1, () =>
    {
        if (_faults.Strikes(Fault.FlushError, 0.005)) throw new FileStoreException(FileFault.Io, $"Flush of directory '{directory}' failed.");
        _tree.FlushDirectory(directory);
    }, cancellationToken);

    /// <inheritdoc/>
    public ValueTask DeleteAsync(string path, CancellationToken cancellationToken) => ChangeAsync(0.1, () => _tree.Delete(path), cancellationToken);

    /// <inheritdoc/>
    public ValueTask CreateDirectoryAsync(string directory, CancellationToken cancellationToken) => ChangeAsync(0.1, () => _tree.CreateDirectory(directory), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<string>> ListAsync(string directory, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> names = [];
        await OperateAsync(0.1, () => names = _tree.List(directory), cancellationToken);
        return names;
    }

    private async ValueTask ChangeAsync(double milliseconds, Action change, CancellationToken cancellationToken) => await OperateAsync(milliseconds, () =>
    {
        if (IsReadOnly) throw Struck(Fault.ReadOnlyDisk, new FileStoreException(FileFault.ReadOnly, $"The disk of {Name} is read-only."));
        if (IsFull) throw Struck(Fault.DiskFull, new FileStoreException(FileFault.Full, $"No space on the disk of {Name}."));
        change();
        Changed?.Invoke();
    }, cancellationToken);

    private void Misdirect(string path)
    {
        if (_tree.Misdirect(path, _random) is not { } landed) return;
        _faults.Count(Fault.MisdirectedWrite);
        WasDamaged = true;
        _scheduler.Tell(Name, $"writes a sector of {path} into {landed}");
    }

    private FileStoreException Struck(Fault fault, FileStoreException exception)
    {
        _faults.Count(fault);
        return exception;
    }

    /// <summary>Takes time and has an effect, in one order or the other. If the machine or the process goes meanwhile, it ends nowhere.</summary>
    private async Task OperateAsync(double milliseconds, Action effect, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var mounted = _mounted;
        var time = _faults.Strikes(Fault.SlowDisk, 0.005)
            ? _random.Between(TimeSpan.FromMilliseconds(200), _longest)
            : Duration is { } duration ? duration(milliseconds)
            : _random.HeavyTail(TimeSpan.FromMilliseconds(milliseconds), TimeSpan.FromMilliseconds(100 * milliseconds));
        var isEffectFirst = _random.Next(2) == 0;
        if (isEffectFirst) effect();
        await _scheduler.Delay(time);
        if (isEffectFirst) return;
        if (mounted != _mounted) throw new FileStoreException(FileFault.Io, $"The disk of {Name} was taken away.");
        effect();
    }

    private sealed class Content(ReadOnlyMemory<byte> bytes) : FileContent
    {
        public override ReadOnlyMemory<byte> Bytes { get; } = bytes;

        protected override void Dispose(bool disposing)
        {
            // The bytes are an array that nobody writes to again: a reader that keeps them after disposal would go unseen here.
        }
    }
}
