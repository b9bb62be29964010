// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Heads;
using Heliograph.Core.LastKnownGood;
using Heliograph.Replication.Ports;
using Microsoft.Extensions.Logging;

namespace Heliograph.Replication.SnapshotFiles;

/// <summary>Keeps roots and transitions beside the last-known-good, twice: without them nothing that a later root's keys signed could be verified at the next start.</summary>
internal sealed class TrustRecordFile(IFileStore files, string directory, ILogger logger)
{
    private static readonly string[] Names = ["trust.roots", "trust.roots.copy"];

    /// <summary>What was kept, on top of what the trust file pins; of two files that are right the one that knows more. Never fails: what is damaged is told.</summary>
    public async ValueTask<RealmTrust> LoadAsync(RealmTrust pinned, CancellationToken cancellationToken)
    {
        var newest = pinned;
        foreach (var path in Names.Select(name => DurableFiles.Join(directory, name)))
        {
            try
            {
                using var content = await files.OpenAsync(path, cancellationToken);
                if (content is null) continue;
                if (!TrustRecord.TryRestore(content.Bytes.Span, pinned, out var read, out var error)) logger.TrustRecordDamaged(path, error);
                else if (read.IsNewsTo(newest)) newest = read;
            }
            catch (FileStoreException exception)
            {
                logger.NotReadable(exception, path, exception.Fault);
            }
        }
        return newest;
    }

    /// <summary>Replaces one file after the other, each whole and flushed: whenever the power goes, one of them is right.</summary>
    /// <exception cref="FileStoreException">They are not both durable.</exception>
    public async ValueTask SaveAsync(RealmTrust trust, CancellationToken cancellationToken)
    {
        var bytes = TrustRecord.Encode(trust);
        if (directory.Length > 0) await files.CreateDurablyAsync(directory, cancellationToken);
        foreach (var name in Names)
        {
            await files.ReplaceAsync(DurableFiles.Join(directory, name), bytes, cancellationToken);
            await files.FlushNamesAsync(directory, cancellationToken);
        }
    }
}
