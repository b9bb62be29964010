// SPDX-License-Identifier: Apache-2.0
using Heliograph.Client.Configuration;
using Heliograph.Samples.AspNetService;
using Microsoft.Extensions.Options;

// An ASP.NET Core application: settings through IOptionsMonitor, validated before they are served, and the health of the configuration.
// docs/guides/aspnet-core.md goes through it.
var builder = WebApplication.CreateBuilder(args);

builder.Configuration.AddHeliograph(options =>
{
    var own = builder.Configuration.GetSection("Heliograph"); // of appsettings.json, the environment or the command line
    options.Parents.Add(own["Parent"] ?? "unix:///run/heliograph/agent.sock");
    options.AllowSingleParent = true; // this host's agent, which has parents of its own
    options.TrustFile = own["Trust"] ?? "/etc/heliograph/trust.json";
    (options.Instance.Id, options.Instance.Service) = (own["Id"] ?? Environment.MachineName, "shop-web");
    options.LocalOverridesFile = own["Overrides"];
    options.Select("shop.web").Select("shop.web", label: builder.Environment.EnvironmentName);
});
builder.Services.AddHeliographStatus();
builder.Services.AddHealthChecks().AddHeliograph();
builder.Services.AddOptions<WebOptions>().BindConfiguration("Web").ValidateOnRevision();
builder.Services.AddSingleton<IValidateOptions<WebOptions>, WebOptionsValidator>();

var application = builder.Build();
application.MapGet("/greeting", (IOptionsMonitor<WebOptions> web) => $"{web.CurrentValue.Greeting} (at most {web.CurrentValue.MaxItems} items)");
application.MapGet("/configuration", (IHeliographStatus status) => string.Join('\n', status.Current.Namespaces.Select(one => $"{one.Name} {one.Revision} {one.Origin} {one.Trouble}".TrimEnd())));
application.MapHealthChecks("/healthz");
await application.RunAsync();
