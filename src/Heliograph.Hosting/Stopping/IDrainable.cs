// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Hosting.Stopping;

/// <summary>A part that has goodbyes to say before the process stops: subscribers to send elsewhere, a commit in flight, a lease to give back.</summary>
public interface IDrainable
{
    /// <summary>Its name, for logs.</summary>
    string Name { get; }

    /// <summary>Takes no new work and ends what there is. Called once, at the same time as the others'.</summary>
    /// <param name="cancellationToken">The time is up: stop now. Being killed at any point must be safe anyway.</param>
    Task DrainAsync(CancellationToken cancellationToken);
}
