// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Heliograph.Hosting.Stopping;

/// <summary>Whether the process is on its way out. Readiness fails from the first moment, so that balancers look elsewhere while it still serves.</summary>
public sealed class DrainState
{
    private volatile bool _isDraining;

    /// <summary>Whether it drains or has drained.</summary>
    public bool IsDraining => _isDraining;

    internal void Begin() => _isDraining = true;
}

/// <summary>On SIGTERM, before anything is stopped: lets every <see cref="IDrainable"/> say its goodbyes, for a bounded time. The listeners close afterwards.</summary>
internal sealed class DrainService(IEnumerable<IDrainable> parts, DrainState state, DrainTimeout timeout, TimeProvider time, ILogger<DrainService> logger) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        state.Begin();
        logger.Draining(timeout.Value);
        using var limit = new CancellationTokenSource(timeout.Value, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var draining = Task.WhenAll(parts.Select(part => DrainAsync(part, either.Token)));
        try
        {
            await draining.WaitAsync(either.Token); // also if a part does not listen to its token
            logger.Drained();
        }
        catch (OperationCanceledException)
        {
            logger.DrainTimedOut(timeout.Value);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task DrainAsync(IDrainable part, CancellationToken cancellationToken)
    {
        try
        {
            await part.DrainAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            logger.DrainFailed(exception, part.Name); // one part's failure does not take the time from the others
        }
    }
}

/// <summary>How long draining may take.</summary>
internal sealed record DrainTimeout(TimeSpan Value);

/// <summary>Adds graceful stopping to an application.</summary>
public static class Draining
{
    /// <summary>What the listeners get on top, to close connections that are still open.</summary>
    private static readonly TimeSpan CloseAllowance = TimeSpan.FromSeconds(5);

    /// <summary>Drains before stopping. A second call changes nothing.</summary>
    /// <param name="services">The application's services; register each <see cref="IDrainable"/> in them.</param>
    /// <param name="timeout">Longest drain. The whole stop takes 5 s more at most.</param>
    public static IServiceCollection AddHeliographDrain(this IServiceCollection services, TimeSpan timeout)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(timeout, TimeSpan.Zero, nameof(timeout));
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<DrainState>();
        services.TryAddSingleton(new DrainTimeout(timeout));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, DrainService>());
        services.Configure<HostOptions>(options => options.ShutdownTimeout = timeout + CloseAllowance);
        return services;
    }
}
