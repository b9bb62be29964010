// SPDX-License-Identifier: Apache-2.0
using Heliograph.Samples.WorkerService;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

// A worker: one required namespace, and one that it runs without.
var builder = Host.CreateApplicationBuilder(args);
builder.Configuration.AddHeliograph(options =>
{
    var own = builder.Configuration.GetSection("Heliograph");
    options.Parents.Add(own["Parent"] ?? "unix:///run/heliograph/agent.sock");
    options.AllowSingleParent = true;
    options.TrustFile = own["Trust"] ?? "/etc/heliograph/trust.json";
    (options.Instance.Id, options.Instance.Service) = (own["Id"] ?? Environment.MachineName, "shop-worker");
    options.Select("shop.experiments", optional: true).Select("shop.worker");
});
builder.Services.AddOptions<WorkerOptions>().BindConfiguration("Worker")
    .Validate(worker => worker.BatchSize is > 0 and <= 1_000, "Worker:BatchSize is 1 to 1,000.")
    .ValidateOnRevision();
builder.Services.AddHostedService<Worker>();
using var host = builder.Build();
await host.RunAsync();
