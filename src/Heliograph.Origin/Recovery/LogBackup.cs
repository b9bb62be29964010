// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Heads;
using Heliograph.Core.Log;
using Heliograph.Core.LogFiles;
using Heliograph.Platform.LogFiles;
using Heliograph.Protocol;
using Heliograph.Replication.Entries;
using Heliograph.Replication.Ports;

namespace Heliograph.Origin.Recovery;

/// <summary>How far a long work has got.</summary>
/// <param name="Step">What is being done, for people.</param>
/// <param name="Done">How much is done.</param>
/// <param name="Of">Of how much; 0: that is not known.</param>
public readonly record struct RecoveryProgress(string Step, long Done, long Of);

/// <summary>A backup that was read back and found to be what its head says.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Revision">Of its last entry.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Head">The head that vouches for all of it.</param>
public sealed record BackupReport(string Path, Revision Revision, long Bytes, SignedHead Head);

/// <summary>Takes a realm's log, whole and verified, from whoever serves it, while it goes on: an origin, whatever its store, or an archive relay.</summary>
/// <remarks>What is taken is a beginning of the log that ends with a signed head, so it is consistent by itself. No key is in it.</remarks>
/// <param name="trust">Which realm, and who may sign for it.</param>
/// <param name="dialer">How the server is reached.</param>
/// <param name="server">Where it is.</param>
/// <param name="token">An API token; empty where certificate or host prove who asks.</param>
/// <param name="time">The clock.</param>
public sealed class LogBackup(RealmTrust trust, IDialer dialer, ParentAddress server, ReadOnlyMemory<byte> token, TimeProvider time)
{
    /// <summary>Stands behind the name of a file that is not done.</summary>
    public const string PartialSuffix = ".partial";

    /// <summary>Writes the file. It has its name only once all of it was read back; interrupted, there is a <c>.partial</c> that the next run replaces.</summary>
    /// <exception cref="IOException">It is not done, and why.</exception>
    public async Task<BackupReport> RunAsync(string path, Action<RecoveryProgress> progress, CancellationToken cancellationToken)
    {
        if (File.Exists(path)) throw new IOException($"{path} exists already and is not overwritten.");
        var partial = path + PartialSuffix;
        File.Delete(partial);
        await FetchAsync(partial, progress, cancellationToken);
        var file = await Task.Run(() => Verify(partial, progress, cancellationToken), cancellationToken);
        File.Move(partial, path, overwrite: false);
        LogFileWriter.FlushName(path);
        return new(path, file.Tip.Revision, new FileInfo(path).Length, file.Head!);
    }

    /// <summary>Reads a file from its first byte to its last, applies every entry, and compares with its head.</summary>
    /// <exception cref="LogFileException">It is not what it says.</exception>
    public static LogFile Verify(string path, Action<RecoveryProgress> progress, CancellationToken cancellationToken)
    {
        var file = LogFile.Open(path, (done, of) => progress(new("checking bytes", done, of)), cancellationToken);
        if (file.Head is not { } head) throw new LogFileException($"{path} holds no signed head: nobody vouches for anything in it.");
        var replay = new LogReplay(file.Anchor.LogId);
        foreach (var entry in file.Read(0, head.Revision.Sequence))
        {
            cancellationToken.ThrowIfCancellationRequested();
            replay.Take(entry);
            if (entry.Revision.Sequence % 10_000 == 0) progress(new("checking content", entry.Revision.Sequence, head.Revision.Sequence));
        }
        return replay.FaultOf(head) is { } fault ? throw new LogFileException($"{path} is not used. {fault}") : file;
    }

    private async Task FetchAsync(string partial, Action<RecoveryProgress> progress, CancellationToken cancellationToken)
    {
        using var verifier = new HeadVerifier(new TrustCell(trust));
        try
        {
            await using var stream = await EntryStream.OpenAsync(dialer, server, "helio-backup", token, trust.Roots.LogId, time, cancellationToken);
            var entries = new VerifiedEntries(stream, verifier, LogTip.Empty);
            using var writer = LogFileWriter.Create(partial, LogFileKind.Backup, trust, time.GetUtcNow());
            for (var isComplete = false; !isComplete;)
            {
                var answer = await entries.NextAsync(TimeSpan.Zero, cancellationToken);
                foreach (var entry in answer.Entries) writer.Add(entry);
                if (answer.Head is { } head) writer.Add(head);
                isComplete = answer.Head is not null;
                progress(new("taking entries", entries.Tip.Revision.Sequence, entries.ServerRevision.Sequence));
            }
            writer.End();
        }
        catch (ProtocolException exception)
        {
            throw new IOException($"{server.Address}: {exception.Message}", exception);
        }
    }
}
