// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Hosting;

namespace Heliograph.Client.Configuration.Validation;

/// <summary>Attaches the guard when a host starts, before any of its services does.</summary>
internal sealed class RevisionGuardService(RevisionGuard guard) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken) => guard.AttachAsync(cancellationToken);

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
