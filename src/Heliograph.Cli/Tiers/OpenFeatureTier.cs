// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using Heliograph.Cli.Terminal;
using Heliograph.Hosting.Listening;
using Heliograph.OpenFeature;
using Heliograph.Replication.Replicas;

namespace Heliograph.Cli.Tiers;

/// <summary>What an agent was told of feature flags for OpenFeature providers.</summary>
/// <param name="Namespace">Whose flags; <see langword="null"/>: none are served.</param>
/// <param name="Label">Under which label.</param>
/// <param name="Listen">Where.</param>
/// <param name="File">In which file they are kept.</param>
internal sealed record OpenFeatureArguments(string? Namespace, string? Label, IReadOnlyList<Uri> Listen, string? File)
{
    /// <summary>No flags are served.</summary>
    public static OpenFeatureArguments None { get; } = new(null, null, [], null);
}

/// <summary>The options by which an agent is told of feature flags, and how it serves them.</summary>
internal sealed class OpenFeatureTier
{
    private readonly Option<string?> _namespace = new("--flags-namespace") { HelpName = "NAMESPACE", Description = "Serve the feature flags of this namespace to OpenFeature providers of this host." };
    private readonly Option<string?> _label = new("--flags-label") { HelpName = "LABEL", Description = "Serve the flags under this label. Default: those without label." };
    private readonly Option<Uri[]> _listen = TierOptions.Listen("--flags-listen", "Where: http://127.0.0.1:8016 for OFREP, grpc+tcp://127.0.0.1:8015 for flagd, or their unix sockets; may be repeated.");
    private readonly Option<string?> _file = new("--flags-file") { HelpName = "PATH", Description = "Keep them in this file, too, in flagd's format, for providers that read one." };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _namespace, _label, _listen, _file }) command.Add(option);
        command.Validators.Add(result =>
        {
            var (name, listen, isAsked) = (result.GetValue(_namespace), result.GetValue(_listen) ?? [], result.GetValue(_file) is not null);
            if (name is not null && !NamespaceName.TryParse(name, out _, out var fault)) result.AddError($"--flags-namespace: {fault}");
            if ((listen.Length > 0 || isAsked) == name is null) result.AddError("--flags-namespace goes with --flags-listen, --flags-file or both.");
            foreach (var address in listen)
                if (address.Scheme is not ("http" or "http+unix" or "grpc+tcp" or "grpc+unix")) result.AddError($"{address} serves no flags: use http:// or grpc+tcp:// on loopback, http+unix:// or grpc+unix://.");
        });
    }

    /// <summary>What was given.</summary>
    public OpenFeatureArguments Read(Invocation run) => new(run.Value(_namespace), run.Value(_label), run.Value(_listen)!, run.Value(_file) is { } file ? Path.GetFullPath(file) : null);

    /// <summary>Serves the flags; <see langword="null"/> if none are asked for.</summary>
    public static async Task<OpenFeatureHost?> StartAsync(OpenFeatureArguments told, INamespaceSource source, CancellationToken cancellationToken) =>
        told.Namespace is null ? null : await StartAsync(new OpenFeatureOptions
        {
            Namespace = NamespaceName.Parse(told.Namespace),
            Label = told.Label,
            Listeners = new ListenerOptions { Endpoints = [.. told.Listen.Select(address => ListenEndpoint.Parse(address.OriginalString))] },
            FlagsFile = told.File,
        }, source, cancellationToken);

    /// <summary>Serves flags.</summary>
    public static Task<OpenFeatureHost> StartAsync(OpenFeatureOptions options, INamespaceSource source, CancellationToken cancellationToken) =>
        OpenFeatureHost.StartAsync(options, source, TimeProvider.System, Random.Shared.NextDouble, TierLogging.ToStandardError, cancellationToken);
}
