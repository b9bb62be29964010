// SPDX-License-Identifier: Apache-2.0
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Heliograph.Agent;
using Heliograph.Core.Sequencing;
using Heliograph.FeatureFlags;
using Heliograph.Hosting.Listening;
using Heliograph.Hosting.Replicas;
using Heliograph.Origin;
using Microsoft.Extensions.Logging;

namespace Heliograph.OpenFeature.Tests;

/// <summary>An origin, an agent that follows it, and the flags of a namespace served beside the agent.</summary>
internal sealed class RunningFlags : IAsyncDisposable
{
    public static readonly NamespaceName Store = NamespaceName.Parse("shop.flags");

    public required string Directory { get; init; }

    public required OriginHost Origin { get; init; }

    public ReplicaNode Agent { get; private set; } = null!;

    public OpenFeatureHost Flags { get; private set; } = null!;

    public HttpClient Http { get; private set; } = null!;

    public string File => Path.Combine(Directory, "flags.json");

    public static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<RunningFlags> StartAsync(TimeProvider? time = null)
    {
        var directory = System.IO.Directory.CreateTempSubdirectory("helio-flags-").FullName;
        var origin = await OriginHost.StartAsync(new OriginOptions
        {
            DataDirectory = Path.Combine(directory, "origin"), Listeners = new() { Endpoints = [ListenEndpoint.Parse($"unix://{directory}/o.sock")] }, ReconnectWindow = TimeSpan.Zero, DrainTimeout = TimeSpan.FromSeconds(5),
            AcceptsMalformedFlags = true, // some are written here to see what becomes of them
        }, null, TimeProvider.System, Cancel);
        Assert.IsType<SubmitResult.Committed>(await origin.Sequencer.SubmitAsync(new Submission.Create(Store, "", "test", Id()), Cancel));
        await ChangeAsync(origin, NamespaceName.Realm, Setting.Of("roles/own-user", """{"subject":"local:uid=*","role":"reader","namespaces":"*"}"""));
        var running = new RunningFlags { Directory = directory, Origin = origin };
        await running.StartAgentAsync(time);
        return running;
    }

    /// <summary>Starts the agent and what is beside it; again, after <see cref="StopAgentAsync"/>.</summary>
    public async Task StartAgentAsync(TimeProvider? time = null)
    {
        Agent = await AgentHost.StartAsync(new AgentOptions
        {
            Id = "agent", DataDirectory = Path.Combine(Directory, "agent"), TrustFile = Path.Combine(Directory, "origin", "trust.json"), Parents = [new($"unix://{Directory}/o.sock")], Listen = [ListenEndpoint.Parse($"unix://{Directory}/a.sock")],
        }, TimeProvider.System, logging => logging.ClearProviders(), Cancel);
        Flags = await OpenFeatureHost.StartAsync(new OpenFeatureOptions
        {
            Namespace = Store, FlagsFile = File, Listeners = new() { Endpoints = [ListenEndpoint.Parse("http://127.0.0.1:0"), ListenEndpoint.Parse("grpc+tcp://127.0.0.1:0")] },
        }, Agent.Follower, time ?? TimeProvider.System, () => 0.5, null, Cancel);
        Http = new HttpClient { BaseAddress = new($"http://{Flags.Endpoints.Of(ListenProtocol.Http).Address}") };
    }

    public async Task StopAgentAsync()
    {
        Http.Dispose();
        await Flags.DisposeAsync();
        await Agent.DisposeAsync();
    }

    /// <summary>Writes a flag, and waits until the agent serves it.</summary>
    public async Task SetAsync(string json)
    {
        await WriteAsync(json);
        await UntilServedAsync((string)JsonNode.Parse(json)!["id"]!);
    }

    /// <summary>Waits until a flag of that name is served.</summary>
    public Task UntilServedAsync(string name) => UntilAsync(async () => (int)(await EvaluateAsync(name)).Status is not (404 or 503));

    /// <summary>Writes a flag; done when it is committed.</summary>
    public Task WriteAsync(string json) => ChangeAsync(Origin, Store, Setting.Of(FeatureFlag.KeyPrefix + (string)JsonNode.Parse(json)!["id"]!, json, contentType: $"{FeatureFlag.MediaType};charset=utf-8"));

    public async Task<(System.Net.HttpStatusCode Status, JsonObject Body)> EvaluateAsync(string name, string context = "{}")
    {
        using var response = await Http.PostAsync(new Uri($"/ofrep/v1/evaluate/flags/{name}", UriKind.Relative), new StringContent($$"""{"context":{{context}}}"""), Cancel);
        return (response.StatusCode, (await response.Content.ReadFromJsonAsync<JsonObject>(Cancel))!);
    }

    /// <summary>Asks again until it is so; the test's own deadline bounds it.</summary>
    public static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        while (!await isSo()) await Task.Delay(20, limit.Token);
    }

    public static string Id() => Guid.NewGuid().ToString("N");

    private static async Task ChangeAsync(OriginHost origin, NamespaceName name, Setting setting) =>
        Assert.IsType<SubmitResult.Committed>(await origin.Sequencer.SubmitAsync(new Submission.Change(new Changeset(name, [new SettingOperation.Put(setting)]), "test", Id()), Cancel));

    public async ValueTask DisposeAsync()
    {
        await StopAgentAsync();
        await Origin.DisposeAsync();
        System.IO.Directory.Delete(Directory, recursive: true);
    }
}
