// SPDX-License-Identifier: Apache-2.0
using System.Security.Cryptography;
using Heliograph.Core.Sequencing;
using Microsoft.Extensions.Logging;

namespace Heliograph.AppConfiguration.Webhooks;

/// <summary>An origin's webhooks at work, beside its face: events of stores to receivers.</summary>
public sealed class WebhookHost : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<IDisposable> _parts = [];
    private readonly ILogger _logger;
    private Task _deliveries = Task.CompletedTask;
    private bool _isDisposed;

    private WebhookHost(ILogger logger) => _logger = logger;

    /// <summary>Begins where each webhook was, or with what comes now.</summary>
    /// <param name="hooks">The webhooks; checked here.</param>
    /// <param name="dataDirectory">The origin's: cursors and dead letters are kept in <c>webhooks</c> there.</param>
    /// <param name="sequencer">The authority; it outlives this.</param>
    /// <param name="time">The clock.</param>
    /// <param name="loggers">Where logs go.</param>
    /// <exception cref="ArgumentException">A webhook is not sound; the message names every fault.</exception>
    /// <exception cref="IOException">A cursor cannot be read or written.</exception>
    public static WebhookHost Start(IReadOnlyList<WebhookOptions> hooks, string dataDirectory, Sequencer sequencer, TimeProvider time, ILoggerFactory loggers)
    {
        var faults = hooks.SelectMany(hook => hook.Faults()).ToList();
        if (faults.Count > 0) throw new ArgumentException(string.Join(' ', faults), nameof(hooks));
        var host = new WebhookHost(loggers.CreateLogger<WebhookHost>());
        var signal = new CommitSignal(sequencer);
        host._parts.Add(signal);
        var deliveries = new List<WebhookDelivery>();
        try
        {
            foreach (var hook in hooks)
            {
                var sender = new WebhookSender(hook, time);
                host._parts.Add(sender);
                deliveries.Add(new(hook, sequencer, signal, sender, new WebhookFiles(dataDirectory, hook.Name), time, new Random(RandomNumberGenerator.GetInt32(int.MaxValue)), host._logger));
            }
            foreach (var delivery in deliveries) delivery.Begin();
        }
        catch
        {
            foreach (var part in host._parts) part.Dispose();
            throw;
        }
        host._deliveries = Task.WhenAll(deliveries.Select(delivery => host.RunAsync(delivery)));
        return host;
    }

    /// <summary>Stops; what was not delivered is sent after the next start.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, true)) return;
        await _stopping.CancelAsync();
        await _deliveries;
        foreach (var part in _parts) part.Dispose();
        _stopping.Dispose();
    }

    private async Task RunAsync(WebhookDelivery delivery)
    {
        try { await delivery.RunAsync(_stopping.Token); }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested) { } // its way out
        catch (Exception bug) { _logger.WebhookEnded(bug); } // the origin goes on: events wait in the log
    }
}
