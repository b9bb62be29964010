// SPDX-License-Identifier: Apache-2.0
using Heliograph.Client.Configuration.Validation;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>For applications without a host.</summary>
public static class HeliographServiceProviderExtensions
{
    /// <summary>Does what a host does at its start: from now on the options of <see cref="HeliographOptionsBuilderExtensions.ValidateOnRevision"/> judge every revision, and first what is shown already. Once for each container.</summary>
    /// <param name="services">The container; it holds the application's <c>IConfiguration</c>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">What is shown is refused, and this process keeps nothing earlier that is not.</exception>
    public static Task GuardHeliographAsync(this IServiceProvider services, CancellationToken cancellationToken = default) =>
        services.GetService<RevisionGuard>() is { } guard ? guard.AttachAsync(cancellationToken) : Task.CompletedTask;
}
