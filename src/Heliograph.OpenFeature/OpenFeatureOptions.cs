// SPDX-License-Identifier: Apache-2.0
using System.ComponentModel.DataAnnotations;
using Heliograph.Hosting.Listening;

namespace Heliograph.OpenFeature;

/// <summary>Which flags are served to OpenFeature providers of this host, and where.</summary>
public sealed class OpenFeatureOptions : IValidatableObject
{
    /// <summary>The namespace whose flags are served.</summary>
    public required NamespaceName Namespace { get; init; }

    /// <summary>The label of the flags; <see langword="null"/>: those without label.</summary>
    public string? Label { get; init; }

    /// <summary>Where: <c>http://</c> on loopback or <c>http+unix://</c> for OFREP, <c>grpc+tcp://</c> on loopback or <c>grpc+unix://</c> for flagd. May be empty if there is a file.</summary>
    public required ListenerOptions Listeners { get; init; }

    /// <summary>Where to keep the flags as a file in flagd's format, replaced in one step at each change; <see langword="null"/>: nowhere.</summary>
    public string? FlagsFile { get; init; }

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        // Contexts hold data of users, and evaluation asks for no proof: it is for the processes of this host.
        foreach (var endpoint in Listeners.Endpoints.Where(one => one.Protocol is not (ListenProtocol.Http or ListenProtocol.Grpc)))
            yield return new($"{endpoint} serves no flags: use http:// or grpc+tcp:// on loopback, http+unix:// or grpc+unix://.", [nameof(Listeners)]);
        if (Listeners.Endpoints.Count == 0 && FlagsFile is null) yield return new("Say where flags are served, or in which file they are kept.", [nameof(Listeners), nameof(FlagsFile)]);
    }
}
