// SPDX-License-Identifier: Apache-2.0
using System.Collections.Concurrent;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Heliograph.AppConfiguration.Tests.Webhooks;

/// <summary>One request as a receiver got it.</summary>
internal sealed record Received(string Method, IReadOnlyDictionary<string, string> Headers, string Body)
{
    public bool IsValidation => Headers.GetValueOrDefault("aeg-event-type") == "SubscriptionValidation";

    public bool IsQuestion => IsValidation || Method == "OPTIONS";
}

/// <summary>A real web server that agrees to take events, unless it is told to answer otherwise.</summary>
internal sealed class Receiver : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly SemaphoreSlim _arrived = new(0);

    private Receiver(WebApplication application) => _application = application;

    public ConcurrentQueue<Received> All { get; } = [];

    public IEnumerable<Received> Notifications => All.Where(one => !one.IsQuestion);

    /// <summary>Answers in place of the receiver; <see langword="false"/>: it answers as it would.</summary>
    public Func<Received, HttpContext, Task<bool>> Answer { get; set; } = (_, _) => Task.FromResult(false);

    public Uri Url => new(_application.Urls.First() + "/events?code=1");

    public static async Task<Receiver> StartAsync(X509Certificate2? certificate = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => { if (certificate is not null) listen.UseHttps(certificate); }));
        var receiver = new Receiver(builder.Build());
        receiver._application.Run(receiver.HandleAsync);
        await receiver._application.StartAsync(RunningFace.Cancel);
        return receiver;
    }

    /// <summary>Waits until so many requests have come that were no questions.</summary>
    public async Task<IReadOnlyList<Received>> WaitAsync(int notifications)
    {
        while (Notifications.Count() < notifications)
            Assert.True(await _arrived.WaitAsync(TimeSpan.FromSeconds(30), RunningFace.Cancel), $"{Notifications.Count()} of {notifications} notifications came.");
        return [.. Notifications];
    }

    /// <summary>Waits until a request has come for which something holds.</summary>
    public async Task WaitAsync(Func<Received, bool> holds)
    {
        while (!All.Any(holds)) Assert.True(await _arrived.WaitAsync(TimeSpan.FromSeconds(30), RunningFace.Cancel), "It did not come.");
    }

    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync();
        await _application.DisposeAsync();
        _arrived.Dispose();
    }

    private async Task HandleAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var received = new Received(context.Request.Method, context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase), await reader.ReadToEndAsync());
        try
        {
            if (await Answer(received, context)) return;
            if (received.IsValidation) await context.Response.WriteAsJsonAsync(new { validationResponse = (string)JsonNode.Parse(received.Body)![0]!["data"]!["validationCode"]! });
            else if (received.Method == "OPTIONS") context.Response.Headers["WebHook-Allowed-Origin"] = received.Headers["WebHook-Request-Origin"];
        }
        finally
        {
            All.Enqueue(received);
            _arrived.Release();
        }
    }
}
