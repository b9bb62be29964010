// SPDX-License-Identifier: Apache-2.0
using Heliograph.OpenFeature.Flags;
using Heliograph.Platform.Files;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Heliograph.OpenFeature.Flagd;

/// <summary>Translates the flags once for everyone, tells what is lost, and keeps the file.</summary>
internal sealed class FlagdPublisher(FlagStore store, string? path, ILogger<FlagdPublisher> logger) : BackgroundService
{
    private readonly Lock _sync = new();
    private (string Digest, FlagdDocument Document)? _last;

    /// <summary>The set as soon as it is another than that of a digest.</summary>
    public async Task<(string Digest, FlagdDocument Document)> NextAsync(string? digest, CancellationToken cancellationToken) => Of(await store.NextAsync(digest, cancellationToken));

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (path is null) return;
        string? digest = null;
        while (true) // until cancelled
        {
            (digest, var document) = await NextAsync(digest, stoppingToken);
            try
            {
                ProtectedFile.Write(path, document.Text, ProtectedFile.Public, replace: true);
            }
            catch (IOException fault) { logger.FlagsFileNotWritten(fault, path); } // the next change tries again; who reads the file goes on with what it holds
        }
    }

    private (string, FlagdDocument) Of(FlagSet set)
    {
        lock (_sync)
        {
            if (_last is { } known && known.Digest == set.Digest) return known;
            var document = FlagdDocument.Of(set, store.Name);
            foreach (var (flag, differences) in document.Losses)
                if (_last?.Document.Losses.Contains((flag, differences)) != true) logger.FlagTranslatedWithLoss(flag, differences);
            _last = (set.Digest, document);
            return (set.Digest, document);
        }
    }
}
