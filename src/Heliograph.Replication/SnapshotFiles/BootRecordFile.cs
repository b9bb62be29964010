// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.LastKnownGood;
using Heliograph.Replication.Ports;
using Microsoft.Extensions.Logging;

namespace Heliograph.Replication.SnapshotFiles;

/// <summary>Keeps the boot records of a host's services: one file each in <c>boot/</c>, replaced as a whole.</summary>
public sealed class BootRecordFile(IFileStore files, string directory, ILogger logger)
{
    private readonly string _directory = DurableFiles.Join(directory, "boot");
    private bool _hasDirectory;

    /// <summary>A service's record; a new one if there is none, or if it is damaged or cannot be read: a guard that cannot remember must not keep a service from starting.</summary>
    public async ValueTask<BootRecord> LoadAsync(string service, CancellationToken cancellationToken)
    {
        var path = PathOf(service);
        try
        {
            using var content = await files.OpenAsync(path, cancellationToken);
            if (content is null) return BootRecord.New(service);
            if (BootRecord.TryParse(content.Bytes.Span, out var record, out var error) && record.Service == service) return record;
            logger.BootRecordDamaged(path, error ?? "it is of another service");
        }
        catch (FileStoreException exception)
        {
            logger.NotReadable(exception, path, exception.Fault);
        }
        return BootRecord.New(service);
    }

    /// <summary>The records of all services; what is damaged or cannot be read is left out, and told.</summary>
    public async ValueTask<IReadOnlyList<BootRecord>> LoadAllAsync(CancellationToken cancellationToken)
    {
        var records = new List<BootRecord>();
        try
        {
            foreach (var file in await files.ListAsync(_directory, cancellationToken))
            {
                if (!file.EndsWith(".boot", StringComparison.Ordinal)) continue; // a write that was cut off
                using var content = await files.OpenAsync(DurableFiles.Join(_directory, file), cancellationToken);
                if (content is null) continue;
                if (BootRecord.TryParse(content.Bytes.Span, out var record, out var error) && BootRecord.FileNameOf(record.Service) == file) records.Add(record);
                else logger.BootRecordDamaged(DurableFiles.Join(_directory, file), error ?? "it is of another service");
            }
        }
        catch (FileStoreException exception)
        {
            logger.NotReadable(exception, _directory, exception.Fault);
        }
        return records;
    }

    /// <summary>Makes a record durable. Returns before anything that the record speaks of may happen.</summary>
    /// <exception cref="FileStoreException">It is not durable. The service may run all the same; a crash loop would go unseen.</exception>
    public async ValueTask SaveAsync(BootRecord record, CancellationToken cancellationToken)
    {
        if (!_hasDirectory) await files.CreateDurablyAsync(_directory, cancellationToken);
        _hasDirectory = true;
        await files.ReplaceAsync(PathOf(record.Service), record.Encode(), cancellationToken);
        await files.FlushNamesAsync(_directory, cancellationToken);
    }

    private string PathOf(string service) => DurableFiles.Join(_directory, BootRecord.FileNameOf(service));
}
