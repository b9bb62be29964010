// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.CodeAnalysis;
using Heliograph.Client.Configuration.Validation;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Lets an application's options judge revisions before they are served.</summary>
public static class HeliographOptionsBuilderExtensions
{
    /// <summary>
    /// Makes and validates these options of every revision before it is shown: one that cannot be bound or that a validator refuses is not shown. What was shown stays, whole, and
    /// the refusal is reported upward with the failures' texts (<c>rejected</c>), which therefore hold no secret and no value.
    /// </summary>
    /// <remarks>
    /// Everything that configures and validates the options takes part: <c>Bind</c>, <c>PostConfigure</c>, <c>Validate</c>, <c>ValidateDataAnnotations</c>, generated validators. They see the whole
    /// configuration, other sources included, with the revision in it. What the host starts with is judged too: if it is refused, an earlier revision out of <c>LastKnownGoodDirectory</c> is
    /// shown; without one the start fails as with <c>ValidateOnStart</c>. Under a host nothing else is to be done; elsewhere call <see cref="HeliographServiceProviderExtensions.GuardHeliographAsync"/>.
    /// </remarks>
    /// <typeparam name="TOptions">The options.</typeparam>
    /// <param name="builder">Their builder.</param>
    /// <returns>The builder.</returns>
    public static OptionsBuilder<TOptions> ValidateOnRevision<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicParameterlessConstructor)] TOptions>(this OptionsBuilder<TOptions> builder)
        where TOptions : class
    {
        var name = builder.Name;
        var shown = name.Length == 0 ? typeof(TOptions).Name : $"{typeof(TOptions).Name} '{name}'";
        builder.Services.AddSingleton(services => new OptionsGuard(shown, () => services.GetRequiredService<IOptionsFactory<TOptions>>().Create(name)));
        builder.Services.TryAddSingleton<RevisionGuard>();
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, RevisionGuardService>());
        return builder;
    }
}
