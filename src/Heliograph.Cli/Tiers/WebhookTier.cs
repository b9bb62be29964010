// SPDX-License-Identifier: Apache-2.0
using Heliograph.AppConfiguration.Webhooks;
using Heliograph.Origin;
using Microsoft.Extensions.Logging;

namespace Heliograph.Cli.Tiers;

/// <summary>An origin's webhooks, as its operator's file names them.</summary>
internal sealed class WebhookTier : IAsyncDisposable
{
    private readonly WebhookHost _host;
    private readonly ILoggerFactory _loggers;

    private WebhookTier(WebhookHost host, ILoggerFactory loggers) => (_host, _loggers) = (host, loggers);

    /// <summary>Reads the file; none is no webhooks.</summary>
    public static Task<IReadOnlyList<WebhookOptions>> LoadAsync(string? file) => Task.FromResult(file is null ? [] : WebhookFile.Load(file));

    /// <summary>Starts them; <see langword="null"/> if there are none.</summary>
    public static Task<WebhookTier?> StartAsync(IReadOnlyList<WebhookOptions> hooks, string dataDirectory, OriginHost origin)
    {
        if (hooks.Count == 0) return Task.FromResult<WebhookTier?>(null);
        var loggers = LoggerFactory.Create(TierLogging.ToStandardError);
        try { return Task.FromResult<WebhookTier?>(new(WebhookHost.Start(hooks, dataDirectory, origin.Sequencer, TimeProvider.System, loggers), loggers)); }
        catch
        {
            loggers.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _loggers.Dispose();
    }
}
