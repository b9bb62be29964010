// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Heliograph.Samples.WorkerService;

internal sealed class WorkerOptions
{
    public int BatchSize { get; set; } = 10;
}

/// <summary>Says with what it works, at the start and whenever that changes.</summary>
internal sealed class Worker(IOptionsMonitor<WorkerOptions> options) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Tell(options.CurrentValue);
        using var listening = options.OnChange(Tell);
        await Task.Delay(Timeout.Infinite, stoppingToken);
    }

    private static void Tell(WorkerOptions worker) => Console.WriteLine($"batches of {worker.BatchSize}");
}
