// SPDX-License-Identifier: Apache-2.0
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Heliograph.Cli.Tiers;

/// <summary>Where a realm in one process is to run. Everything is on loopback.</summary>
/// <param name="DataDirectory">Exists and is the realm's alone.</param>
/// <param name="ApiPort">REST API of the origin.</param>
/// <param name="SyncPort">Sync protocol of the origin.</param>
/// <param name="GrpcPort">The sync protocol's gRPC envelope at the origin.</param>
/// <param name="RelayPort">Sync protocol of the relay between origin and agent.</param>
/// <param name="AgentHttpPort">HTTP of the agent.</param>
/// <param name="AgentGrpcPort">The sync protocol's gRPC envelope at the agent.</param>
/// <param name="AgentSocket">Unix socket of the agent; short enough for a socket's name.</param>
internal sealed record DevPlan(string DataDirectory, int ApiPort, int SyncPort, int GrpcPort, int RelayPort, int AgentHttpPort, int AgentGrpcPort, string AgentSocket)
{
    /// <summary>The file of webhooks; <see langword="null"/>: there are none.</summary>
    public string? Webhooks { get; init; }

    /// <summary>Whether what is no feature flag may be written as one, as the service allows: the clients' own tests write some.</summary>
    public bool AcceptsMalformedFlags { get; init; }

    /// <summary>App Configuration face at the origin; 0: any port that is free.</summary>
    public int AppConfigurationPort { get; init; }

    /// <summary>App Configuration face at the agent; 0: any port that is free.</summary>
    public int AgentAppConfigurationPort { get; init; }

    /// <summary>Feature flags over OFREP at the agent; 0: any port that is free.</summary>
    public int OfrepPort { get; init; }

    /// <summary>Feature flags for flagd providers at the agent; 0: any port that is free.</summary>
    public int FlagdPort { get; init; }
}

/// <summary>A realm that runs in this process; disposing it stops every role.</summary>
internal interface IDevRealm : IAsyncDisposable
{
    /// <summary>What an author and a client need to connect.</summary>
    DevReady Ready { get; }

    /// <summary>Completes, with the reason, when a role ends by itself.</summary>
    Task Ended { get; }
}

/// <summary>Addresses of an agent.</summary>
internal sealed record DevAgent(string Http, string Sync, string Grpc);

/// <summary>The one line that <c>helio dev -o json</c> prints when everything answers.</summary>
internal sealed record DevReady(string Api, string Sync, string Grpc, DevAgent Agent, string Token, string Trust, string DataDirectory)
{
    /// <summary>Where Azure App Configuration clients connect.</summary>
    public DevConnections? AppConfiguration { get; init; }

    /// <summary>Where OpenFeature providers connect.</summary>
    public DevFlags? OpenFeature { get; init; }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(DevReady))]
[JsonSerializable(typeof(Dictionary<string, string>))]
internal sealed partial class DevJson : JsonSerializerContext
{
    /// <summary>For printing: addresses as they are, not escaped for a web page.</summary>
    public static DevJson Plain => field ??= new(new JsonSerializerOptions(Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
