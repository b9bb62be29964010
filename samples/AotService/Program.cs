// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using Heliograph.Samples.AotService;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

// A native program with the whole of it: a host, options that are bound and validated by generated code, revisions that they refuse.
// It prints one line when it runs, and one for each revision.
var started = Stopwatch.GetTimestamp();
var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { Args = args });
builder.Configuration.AddEnvironmentVariables();
builder.Configuration.AddHeliograph(options =>
{
    var own = builder.Configuration.GetSection("Heliograph");
    options.Parents.Add(own["Parent"] ?? "unix:///run/heliograph/agent.sock");
    options.AllowSingleParent = true;
    options.TrustFile = own["Trust"] ?? "/etc/heliograph/trust.json";
    options.LastKnownGoodDirectory = own["Directory"];
    (options.Instance.Id, options.Instance.Service) = (own["Id"] ?? Environment.MachineName, "shop-native");
    options.Select("shop.native");
});
builder.Services.AddHeliographStatus();
builder.Services.AddOptions<NativeOptions>().BindConfiguration("Native").ValidateOnRevision();
builder.Services.AddSingleton<IValidateOptions<NativeOptions>, NativeOptionsValidator>();
using var host = builder.Build();
await host.StartAsync();
var options = host.Services.GetRequiredService<IOptionsMonitor<NativeOptions>>();
var status = host.Services.GetRequiredService<Heliograph.Client.Configuration.IHeliographStatus>();
Console.WriteLine($"limit {options.CurrentValue.Limit}, {status.Current.Namespaces[0].Origin}, after {Stopwatch.GetElapsedTime(started).TotalMilliseconds:F0} ms");
status.Applied += (_, change) => Console.WriteLine($"limit {options.CurrentValue.Limit} at {change.NewRevision}");
status.Refused += (_, refusal) => Console.WriteLine($"refused {refusal.Refusal.Revision}: {refusal.Refusal.Detail}");
await host.WaitForShutdownAsync();
