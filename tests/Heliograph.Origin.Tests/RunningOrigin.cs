// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Heliograph.Core.Sequencing;
using Heliograph.Hosting.Listening;
using Heliograph.Origin.Oidc;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Heliograph.Origin.Tests;

/// <summary>A whole origin in a directory of its own, on loopback, with a client that has the administrator's token.</summary>
internal sealed class RunningOrigin : IAsyncDisposable
{
    private readonly bool _ownsDirectory;

    private RunningOrigin(OriginHost host, string directory, bool ownsDirectory)
    {
        (Host, Directory, _ownsDirectory) = (host, directory, ownsDirectory);
        Admin = ClientFor(File.ReadAllText(host.AdminTokenPath).Trim());
        Nobody = ClientFor(null);
    }

    public static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public OriginHost Host { get; }

    public string Directory { get; }

    /// <summary>The administrator.</summary>
    public HttpClient Admin { get; }

    /// <summary>A caller who proves nothing.</summary>
    public HttpClient Nobody { get; }

    public static async Task<RunningOrigin> StartAsync(string? directory = null, SequencerOptions? sequencing = null, ServerTls? tls = null, TimeSpan? scrubInterval = null, bool acceptsMalformedFlags = false, Action<ILoggingBuilder>? logging = null, IReadOnlyList<OidcIssuer>? oidc = null)
    {
        var path = directory ?? System.IO.Directory.CreateTempSubdirectory("helio-origin-").FullName;
        var options = new OriginOptions
        {
            DataDirectory = path,
            Sequencing = sequencing ?? new(),
            ScrubInterval = scrubInterval ?? TimeSpan.FromHours(24),
            AcceptsMalformedFlags = acceptsMalformedFlags,
            OidcIssuers = oidc ?? [],
            DrainTimeout = TimeSpan.FromSeconds(5),
            ReconnectWindow = TimeSpan.Zero,
            Listeners = new()
            {
                Endpoints = [ListenEndpoint.Parse("http://127.0.0.1:0"), ListenEndpoint.Parse("tcp://127.0.0.1:0"), ListenEndpoint.Parse("grpc+tcp://127.0.0.1:0"), .. tls is null ? Array.Empty<ListenEndpoint>() : [ListenEndpoint.Parse("tls://127.0.0.1:0")]],
                Tls = tls,
            },
        };
        return new(await OriginHost.StartAsync(options, logging, TimeProvider.System, Cancel), path, directory is null);
    }

    public HttpClient ClientFor(string? token)
    {
        var client = new HttpClient { BaseAddress = new Uri($"http://{Host.Endpoints.Of(ListenProtocol.Http).Address}") };
        if (token is not null) client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    /// <summary>A client whose token has a subject with one role.</summary>
    public async Task<HttpClient> ClientForAsync(string subject, string role, string namespaces)
    {
        await PutRoleAsync(subject, role, namespaces);
        var token = await SendAsync(Admin, HttpMethod.Post, "/api/v1/tokens", new JsonObject { ["subject"] = subject }, HttpStatusCode.Created);
        return ClientFor(token["token"]!.GetValue<string>());
    }

    public async Task PutRoleAsync(string subject, string role, string namespaces)
    {
        var value = new JsonObject { ["subject"] = subject, ["role"] = role, ["namespaces"] = namespaces }.ToJsonString();
        await SendAsync(Admin, HttpMethod.Put, $"/api/v1/namespaces/heliograph.realm/setting?key=roles/{subject}", new JsonObject { ["value"] = value });
    }

    /// <summary>Sends, checks the status, and gives the answer's JSON.</summary>
    public static async Task<JsonObject> SendAsync(HttpClient client, HttpMethod method, string path, JsonNode? body = null, HttpStatusCode expected = HttpStatusCode.OK, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        return await SendAsync(client, request, expected);
    }

    public static async Task<JsonObject> SendAsync(HttpClient client, HttpRequestMessage request, HttpStatusCode expected)
    {
        using var response = await client.SendAsync(request, Cancel);
        var text = await response.Content.ReadAsStringAsync(Cancel);
        Assert.True(expected == response.StatusCode, $"{request.Method} {request.RequestUri}: {(int)response.StatusCode} {text}");
        if ((int)response.StatusCode >= 400) Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        return text.Length == 0 ? [] : JsonNode.Parse(text)!.AsObject();
    }

    /// <summary>Makes a namespace with settings.</summary>
    public async Task SeedAsync(string name, params (string Key, string Value)[] settings)
    {
        await SendAsync(Admin, HttpMethod.Post, "/api/v1/namespaces", new JsonObject { ["name"] = name }, HttpStatusCode.Created);
        if (settings.Length > 0) await SendAsync(Admin, HttpMethod.Post, $"/api/v1/namespaces/{name}/changes", Puts(settings));
    }

    public static JsonObject Puts(params (string Key, string Value)[] settings) =>
        new() { ["operations"] = new JsonArray([.. settings.Select(setting => new JsonObject { ["op"] = "put", ["key"] = setting.Key, ["value"] = setting.Value })]) };

    /// <summary>Everything that a refused request must leave alone.</summary>
    public (Revision Revision, Hash256 Directory) Fingerprint()
    {
        var state = Host.Sequencer.Current.State;
        return (state.Revision, state.Directory.Root);
    }

    public async ValueTask DisposeAsync()
    {
        Admin.Dispose();
        Nobody.Dispose();
        await Host.DisposeAsync();
        if (_ownsDirectory) System.IO.Directory.Delete(Directory, recursive: true);
    }
}
