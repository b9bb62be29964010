// SPDX-License-Identifier: Apache-2.0
using System.Text.Json.Nodes;
using Heliograph.Core.Heads;
using Heliograph.Core.Log;
using Heliograph.Core.LogFiles;
using Heliograph.Hosting.Replicas;
using Heliograph.Platform.Files;
using Heliograph.Platform.LogFiles;
using Heliograph.Replication.Entries;
using Microsoft.Extensions.Logging;

namespace Heliograph.Relay.Archive;

/// <summary>The log of the realm, entry by entry, in a file that only grows: verbatim, chained, and durable before a head that vouches for it is shown.</summary>
/// <remarks>
/// It begins with the roots and transitions that the relay trusts, and those that it comes to trust stand in front of the first head under them. Where an epoch has
/// ended before what is here does, the file is set aside and another goes on behind the transition's base (<see cref="ArchiveEpochs"/>).
/// It holds nothing else that the log does not, so it takes as much disk as an origin's log. One loop writes (<see cref="RunAsync"/>); reads come from any thread.
/// What an entry means is not looked at: a relay of an older version archives what it does not know.
/// </remarks>
internal sealed class LogArchive : IReplicaArchive
{
    /// <summary>Name of what was found torn behind the last whole record, kept for people to look at.</summary>
    public const string TornFileName = "log.torn";

    private readonly string _directory;
    private readonly RealmTrust _told;
    private readonly ArchiveUpstream _upstream;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly DirectoryLock? _lock;
    private readonly Lock _sync = new();
    private LogFile _file;
    private LogFileWriter _writer;
    private SignedHead? _newest;
    private bool _isBroken; // a write failed: what is whole is found by reading
    private string? _trouble = "it has not reached anyone who has the log yet";

    private LogArchive(string directory, RealmTrust told, ArchiveUpstream upstream, DirectoryLock? held, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
        (_directory, _told, _upstream, _lock, _time, _logger) = (directory, told, upstream, held, time, logger);
        (_file, _writer) = Reopen(cancellationToken);
        _newest = _file.Head;
    }

    /// <inheritdoc/>
    public SignedHead? NewestHead
    {
        get
        {
            lock (_sync) return _newest;
        }
    }

    /// <summary>Opens the archive in a directory and reads all of it, or begins one.</summary>
    /// <param name="directory">Where it is.</param>
    /// <param name="trust">What the trust file says.</param>
    /// <param name="upstream">Where the log comes from.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Where it tells.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="LogFileException">What is there is damaged, or the archive of another log.</exception>
    /// <exception cref="IOException">Another process has it, or it cannot be written.</exception>
    public static LogArchive Open(string directory, RealmTrust trust, ArchiveUpstream upstream, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(directory);
        else Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var held = DirectoryLock.TryTake(directory, out var isHeld) ?? throw new IOException(isHeld ? $"{directory} is used by another process. Each archive needs a directory of its own." : $"{directory} cannot be written.");
        try
        {
            return new(directory, trust, upstream, held, time, logger, cancellationToken);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<ReadOnlyMemory<byte>>> ReadAsync(long after, long upTo, long bytesMax, CancellationToken cancellationToken)
    {
        LogFile file;
        lock (_sync) file = _file;
        return await Task.Run(
            () =>
            {
                var (entries, bytes) = (new List<ReadOnlyMemory<byte>>(), 0L);
                foreach (var entry in file.Read(after, upTo))
                {
                    if (entries.Count > 0 && bytes + entry.Bytes.Length > bytesMax) break;
                    cancellationToken.ThrowIfCancellationRequested();
                    entries.Add(entry.Bytes);
                    bytes += entry.Bytes.Length;
                }
                return entries;
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public JsonObject Facts()
    {
        lock (_sync) return new() { ["revision"] = _file.Head?.Revision.ToString(), ["bytes"] = _file.WholeBytes, ["trouble"] = _trouble };
    }

    /// <inheritdoc/>
    public async Task RunAsync(TrustCell trust, CancellationToken cancellationToken)
    {
        using var verifier = new HeadVerifier(trust);
        using var learning = new SemaphoreSlim(0); // whoever waits after a failure tries again at once when more is trusted
        using var observation = trust.Observe(() => learning.Release());
        while (true) // until cancelled
        {
            try
            {
                if (_isBroken) Mend(cancellationToken);
                Learn(trust.Current, cancellationToken);
                var (stream, entries) = await _upstream.ConnectAsync(verifier, _file.Tip, _told.Roots.LogId, _time, cancellationToken);
                await using (stream)
                {
                    _logger.Archiving(stream.Server, _file.Tip.Revision);
                    while (true)
                    {
                        var answer = await entries.NextAsync(ArchiveUpstream.Wait, cancellationToken);
                        if (Learn(trust.Current, cancellationToken)) break; // it ends elsewhere now: what came does not follow
                        Keep(answer);
                        Trouble(null);
                        _upstream.Succeeded();
                    }
                }
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                Trouble(exception.Message);
                if (exception is LogFileException or not IOException) _logger.ArchiveRefused(exception is LogFileException ? null : exception, exception.Message);
                else _logger.ArchiveWaits(exception.Message);
            }
            await learning.WaitAsync(_upstream.NextWait(), cancellationToken);
        }
    }

    /// <summary>Takes note of roots and transitions that have come to be trusted, before anything that needs them.</summary>
    /// <returns>Whether what came last was discarded by them, and the archive ends earlier than before.</returns>
    private bool Learn(RealmTrust now, CancellationToken cancellationToken)
    {
        if (!now.IsNewsTo(_file.Trust)) return false;
        _isBroken = true; // until all of it is written
        var held = _file.Tip.Revision;
        if (ArchiveEpochs.BaseFor(held, now.Epochs) is { } end)
        {
            _writer.Dispose();
            var aside = ArchiveEpochs.Rewind(_directory, _file, end, now, _time.GetUtcNow(), cancellationToken);
            _logger.ArchiveRewound(held, end, aside);
            var (file, writer) = Reopen(cancellationToken);
            lock (_sync) (_file, _writer, _newest) = (file, writer, file.Head); // what speaks of more is not shown
        }
        else
        {
            _writer.Add(now, since: _file.Trust);
            _writer.Flush();
            lock (_sync) _file.Appended(now, _writer.Offset);
        }
        _isBroken = false;
        return _file.Tip.Revision != held;
    }

    /// <summary>Appends what came; with a head, makes it durable and shows it.</summary>
    private void Keep(VerifiedAnswer answer)
    {
        _isBroken = true; // until all of it is written
        foreach (var entry in answer.Entries)
        {
            var offset = _writer.Offset;
            _writer.Add(entry);
            lock (_sync) _file.Appended(offset, entry, _writer.Offset);
        }
        if (answer.Head is { } head) Keep(head);
        _isBroken = false;
    }

    private void Keep(SignedHead head)
    {
        if (_file.Head is not { } kept || head.Revision.IsAfter(kept.Revision))
        {
            _writer.Add(head);
            _writer.Flush();
            lock (_sync) _file.Appended(head, _writer.Offset);
        }
        lock (_sync) _newest = head;
    }

    private void Mend(CancellationToken cancellationToken)
    {
        try { _writer.Dispose(); }
        catch (IOException) { } // it may try to write the rest once more; what counts is what can be read
        var (file, writer) = Reopen(cancellationToken);
        lock (_sync) (_file, _writer) = (file, writer);
        _isBroken = false;
    }

    private (LogFile File, LogFileWriter Writer) Reopen(CancellationToken cancellationToken)
    {
        var path = Path.Combine(_directory, LogFile.ArchiveFileName);
        ArchiveEpochs.Finish(_directory);
        if (!File.Exists(path)) LogFileWriter.Create(path, LogFileKind.Archive, _told, _time.GetUtcNow()).Dispose();
        var file = LogFile.Open(path, null, cancellationToken);
        if (file.Header.LogId != _told.Roots.LogId) throw new LogFileException($"{path} is the archive of another log. Give this relay a directory of its own.");
        if (file.Header.Kind != LogFileKind.Archive) throw new LogFileException($"{path} is a backup, and a backup is never changed.");
        if (file.Torn is { } torn)
        {
            _logger.ArchiveTorn(torn, Path.Combine(_directory, TornFileName));
            CopyTail(path, file.WholeBytes, Path.Combine(_directory, TornFileName));
        }
        _logger.ArchiveOpened(path, file.Tip.Revision, file.WholeBytes);
        return (file, LogFileWriter.Continue(file));
    }

    private static void CopyTail(string from, long offset, string to)
    {
        using var source = new FileStream(from, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var target = new FileStream(to, FileMode.Create, FileAccess.Write);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(target.SafeFileHandle, ProtectedFile.OwnerOnly);
        source.Position = offset;
        source.CopyTo(target);
    }

    private void Trouble(string? trouble)
    {
        lock (_sync) _trouble = trouble;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _writer.Dispose();
        _lock?.Dispose();
    }
}
