// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Log;
using Heliograph.Replication.Ports;

namespace Heliograph.Replication.Log;

/// <summary>The mark in <c>head.hw</c>: two slots, written in turn, so that a torn write leaves the other whole.</summary>
/// <param name="files">Where the file is: the origin's directory.</param>
/// <param name="logId">Which log. A file of another is refused.</param>
/// <param name="path">Its name.</param>
public sealed class HighWaterFile(IFileStore files, Hash256 logId, string path = HighWaterFile.DefaultPath) : IHighWaterMark, IDisposable
{
    /// <summary>Name of the file.</summary>
    public const string DefaultPath = "head.hw";

    private readonly SemaphoreSlim _turn = new(1); // one write at a time: two could tear both slots
    private HighWaterMark? _mark; // what was read or written last; null until then
    private bool _isDurable; // not what was only read: an earlier process may have died between writing and flushing, and the page cache does not tell

    /// <inheritdoc/>
    public async ValueTask<LogTip> ReadAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(CancellationToken.None);
        try
        {
            return (await CurrentAsync(cancellationToken)).Tip;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask AdvanceAsync(LogTip tip, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(CancellationToken.None);
        try
        {
            var current = await CurrentAsync(cancellationToken);
            var isAdvance = tip.Revision.IsAfter(current.Tip.Revision);
            if (!isAdvance && _isDurable) return;

            var next = new HighWaterMark(current.Generation + 1, logId, isAdvance ? tip : current.Tip);
            await files.WriteAtAsync(path, next.Offset, next.Encode(), cancellationToken);
            await files.FlushAsync(path, cancellationToken);
            if (!_isDurable) await FlushNameAsync(cancellationToken); // of a file that was found, nobody knows whether its name was flushed
            (_mark, _isDurable) = (next, true); // only now: a failed write may have torn its slot, and the next attempt must not touch the other one
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    private async ValueTask<HighWaterMark> CurrentAsync(CancellationToken cancellationToken) =>
        _mark ??= await LoadAsync(cancellationToken) ?? await CreateAsync(cancellationToken);

    private async ValueTask<HighWaterMark?> LoadAsync(CancellationToken cancellationToken)
    {
        using var content = await files.OpenAsync(path, cancellationToken);
        if (content is null) return null;
        if (!HighWaterMark.TryDecodeFile(content.Bytes.Span, out var mark, out var error))
            throw new InvalidDataException($"'{path}' is damaged. {error} How far the log had got is unknown: compare it with what relays and agents hold, then remove the file.");
        if (mark.LogId != logId)
            throw new IOException($"'{path}' belongs to the log {mark.LogId}, not to {logId}. Check the directory and the trust file.");
        return mark;
    }

    private async ValueTask<HighWaterMark> CreateAsync(CancellationToken cancellationToken)
    {
        // Both slots are whole from the start, under a name that appears at once: from then on a bad slot is a torn write or damage.
        var (first, second) = (new HighWaterMark(0, logId, LogTip.Empty), new HighWaterMark(1, logId, LogTip.Empty));
        var temporary = path + ".tmp";
        await files.WriteAsync(temporary, [first.Encode(), second.Encode()], cancellationToken);
        await files.FlushAsync(temporary, cancellationToken);
        await files.RenameAsync(temporary, path, cancellationToken);
        await FlushNameAsync(cancellationToken);
        _isDurable = true;
        return second;
    }

    private ValueTask FlushNameAsync(CancellationToken cancellationToken) =>
        files.FlushDirectoryAsync(path.LastIndexOf('/') is >= 0 and var slash ? path[..slash] : "", cancellationToken);
}
