// SPDX-License-Identifier: Apache-2.0
using System.ComponentModel.DataAnnotations;
using Heliograph.FeatureFlags.Evaluation;
using Heliograph.Hosting.Listening;
using Heliograph.Hosting.Problems;
using Heliograph.OpenFeature.Flagd;
using Heliograph.OpenFeature.Flags;
using Heliograph.OpenFeature.Ofrep;
using Heliograph.Replication.Ports;
using Heliograph.Replication.Replicas;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Heliograph.OpenFeature;

/// <summary>Feature flags for OpenFeature providers of this host, beside an agent: evaluated here (OFREP) or told to who evaluates itself (flagd). From a verified copy, also with everything above it gone.</summary>
public sealed class OpenFeatureHost : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly FlagStore _store;
    private bool _isDisposed;

    private OpenFeatureHost(WebApplication application, FlagStore store) => (_application, _store) = (application, store);

    /// <summary>Where it listens: ports as they were bound.</summary>
    public BoundEndpoints Endpoints => _application.Services.GetRequiredService<BoundEndpoints>();

    /// <summary>Serves the flags of a namespace.</summary>
    /// <param name="options">Which, and where.</param>
    /// <param name="source">What is held; it outlives this.</param>
    /// <param name="time">The clock, by which time windows open and close.</param>
    /// <param name="chance">A number from 0 to 1, drawn anew at each call: for the filter that is a share of evaluations. Thread-safe.</param>
    /// <param name="logging">Where logs go.</param>
    /// <param name="cancellationToken">Gives up starting.</param>
    /// <exception cref="ValidationException">The options are not sound; every fault is named.</exception>
    /// <exception cref="IOException">An address is taken.</exception>
    public static async Task<OpenFeatureHost> StartAsync(OpenFeatureOptions options, INamespaceSource source, TimeProvider time, Func<double> chance, Action<ILoggingBuilder>? logging, CancellationToken cancellationToken)
    {
        var faults = options.Validate(new ValidationContext(options, nameof(OpenFeatureOptions), null, null)).Select(fault => fault.ErrorMessage).ToList();
        if (faults.Count > 0) throw new ValidationException(string.Join(' ', faults));
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "Heliograph.OpenFeature" });
        builder.WebHost.UseKestrelCore();
        builder.Services.AddRouting();
        builder.Services.AddLogging(configure => logging?.Invoke(configure));
        builder.Services.AddSingleton(time);
        builder.Services.AddSingleton<ISyncAcceptor, NoSync>();
        builder.Services.AddSingleton(services => new FlagStore(source, options.Namespace, options.Label, services.GetRequiredService<ILogger<FlagStore>>()));
        builder.Services.AddSingleton(services => new FlagdPublisher(services.GetRequiredService<FlagStore>(), options.FlagsFile, services.GetRequiredService<ILogger<FlagdPublisher>>()));
        builder.Services.AddHostedService(services => services.GetRequiredService<FlagdPublisher>());
        builder.Services.AddGrpc(grpc => grpc.IgnoreUnknownServices = true);
        builder.AddHeliographListeners(options.Listeners);
        var application = builder.Build();
        var store = application.Services.GetRequiredService<FlagStore>();
        application.UseHeliographProblems();
        application.MapGrpcService<FlagSyncService>();
        new OfrepEndpoints(store, new EvaluationAnswer(new FlagEvaluator(chance), time), time).Map(application);
        try
        {
            await application.StartAsync(cancellationToken);
        }
        catch
        {
            await application.DisposeAsync();
            throw;
        }
        var host = new OpenFeatureHost(application, store);
        application.Services.GetRequiredService<ILogger<OpenFeatureHost>>().ServingFlags(options.Namespace, string.Join(", ", host.Endpoints.All));
        return host;
    }

    /// <summary>Stops listening; streams end.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, true)) return;
        using var now = new CancellationTokenSource(TimeSpan.FromSeconds(1)); // streams never end by themselves
        await _application.StopAsync(now.Token);
        await _application.DisposeAsync();
        _store.Dispose();
    }

    /// <summary>The sync protocol is not spoken here: who tries is let go.</summary>
    private sealed class NoSync : ISyncAcceptor
    {
        public Task AcceptAsync(IConnection connection, PeerIdentity peer, CancellationToken renewal, CancellationToken cancellationToken)
        {
            connection.Abort();
            return Task.CompletedTask;
        }
    }
}
