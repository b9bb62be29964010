// SPDX-License-Identifier: Apache-2.0
using Grpc.Core;
using Heliograph.OpenFeature.Flagd.Wire;

namespace Heliograph.OpenFeature.Flagd;

/// <summary><c>flagd.sync.v1</c>: the whole set at once, and the whole set again at every change of a flag.</summary>
internal sealed class FlagSyncService(FlagdPublisher publisher) : Wire.FlagSyncService.FlagSyncServiceBase
{
    /// <inheritdoc/>
    public override async Task SyncFlags(SyncFlagsRequest request, IServerStreamWriter<SyncFlagsResponse> responseStream, ServerCallContext context)
    {
        string? digest = null;
        while (true)
        {
            (digest, var document) = await publisher.NextAsync(digest, context.CancellationToken);
            await responseStream.WriteAsync(new SyncFlagsResponse { FlagConfiguration = document.Text }, context.CancellationToken);
        }
    }

    /// <inheritdoc/>
    public override async Task<FetchAllFlagsResponse> FetchAllFlags(FetchAllFlagsRequest request, ServerCallContext context) =>
        new() { FlagConfiguration = (await publisher.NextAsync(null, context.CancellationToken)).Document.Text };
}
