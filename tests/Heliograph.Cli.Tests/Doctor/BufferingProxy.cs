// SPDX-License-Identifier: Apache-2.0
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Heliograph.Cli.Tests.Doctor;

/// <summary>A reverse proxy as they are by default: it reads an answer to its end before it passes anything on.</summary>
internal sealed class BufferingProxy : IAsyncDisposable
{
    private readonly HttpClient _upstream;
    private readonly WebApplication _app;

    private BufferingProxy(HttpClient upstream, WebApplication app) => (_upstream, _app) = (upstream, app);

    public string Address => _app.Urls.Single();

    public static async Task<BufferingProxy> StartAsync(string upstream)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddLogging(logging => logging.ClearProviders());
        var proxy = new BufferingProxy(new HttpClient { BaseAddress = new(upstream), Timeout = TimeSpan.FromSeconds(30) }, builder.Build());
        proxy._app.Run(proxy.PassOnAsync);
        await proxy._app.StartAsync();
        return proxy;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        _upstream.Dispose();
    }

    private async Task PassOnAsync(HttpContext context)
    {
        using var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), $"{context.Request.Path}{context.Request.QueryString}");
        foreach (var (name, values) in context.Request.Headers)
            if (name is "Authorization" or "Accept") request.Headers.TryAddWithoutValidation(name, values.ToArray());
        try
        {
            using var answer = await _upstream.SendAsync(request, HttpCompletionOption.ResponseContentRead, context.RequestAborted);
            context.Response.StatusCode = (int)answer.StatusCode;
            context.Response.ContentType = answer.Content.Headers.ContentType?.ToString();
            await context.Response.Body.WriteAsync(await answer.Content.ReadAsByteArrayAsync(context.RequestAborted), context.RequestAborted);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // the client gave up, as it should: there is nobody left to answer
        }
    }
}
