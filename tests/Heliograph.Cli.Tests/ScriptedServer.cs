// SPDX-License-Identifier: Apache-2.0
using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Heliograph.Cli.Tests;

/// <summary>One request as the server saw it.</summary>
internal sealed record Seen(string Method, string PathAndQuery, string Body, IHeaderDictionary Headers)
{
    public string? Header(string name) => Headers.TryGetValue(name, out var values) ? values.ToString() : null;
}

/// <summary>A server on a loopback socket that answers from a script, in order, and remembers what it was asked.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<Func<HttpContext, Task>> _script = new();
    private readonly ConcurrentQueue<Seen> _seen = new();

    private ScriptedServer(WebApplication app) => _app = app;

    public string Address => _app.Urls.Single();

    public IReadOnlyList<Seen> Requests => [.. _seen];

    public static async Task<ScriptedServer> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddLogging(logging => logging.ClearProviders());
        var server = new ScriptedServer(builder.Build());
        server._app.Run(server.AnswerAsync);
        await server._app.StartAsync();
        return server;
    }

    /// <summary>The next answer: JSON.</summary>
    public ScriptedServer Answers(string json, int status = 200, params (string Name, string Value)[] headers) => Does(context =>
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        foreach (var (name, value) in headers) context.Response.Headers[name] = value;
        return context.Response.WriteAsync(json);
    });

    /// <summary>The next answer: a problem of this kind.</summary>
    public ScriptedServer Refuses(int status, string kind, string detail = "No.", string errors = "[]") => Does(context =>
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/problem+json";
        return context.Response.WriteAsync($$"""{"type":"/errors/{{kind}}","title":"Refused","status":{{status}},"detail":"{{detail}}","errors":{{errors}}}""");
    });

    /// <summary>The next answer: the connection breaks, after the request was read.</summary>
    public ScriptedServer Breaks() => Does(context =>
    {
        context.Abort();
        return Task.CompletedTask;
    });

    /// <summary>The next answer: server-sent events, then the stream ends.</summary>
    public ScriptedServer Streams(string events) => Does(async context =>
    {
        context.Response.ContentType = "text/event-stream";
        await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(events));
    });

    /// <summary>The next answer, by hand.</summary>
    public ScriptedServer Does(Func<HttpContext, Task> answer)
    {
        _script.Enqueue(answer);
        return this;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        using var body = new StreamReader(context.Request.Body);
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        _seen.Enqueue(new(context.Request.Method, target, await body.ReadToEndAsync(), new HeaderDictionary(context.Request.Headers.ToDictionary(StringComparer.OrdinalIgnoreCase))));
        if (_script.TryDequeue(out var answer)) await answer(context);
        else context.Response.StatusCode = 599; // more was asked than the script says: the test sees it in the exit code
    }
}
