// SPDX-License-Identifier: Apache-2.0
using Heliograph.Client;
using Heliograph.Samples.ShopService;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

// One service of a web shop. It reads its settings as any .NET application does, through IConfiguration and IOptionsMonitor,
// and writes a line into its journal whenever it runs with other ones.
if (!ServiceArguments.TryParse(args, out var arguments, out var fault))
{
    await Console.Error.WriteLineAsync(fault);
    await Console.Error.WriteLineAsync(ServiceArguments.Usage);
    return 2;
}

using var loggers = LoggerFactory.Create(logging => logging.AddSimpleConsole(console => console.SingleLine = true).SetMinimumLevel(LogLevel.Information));
try
{
    var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ApplicationName = arguments.Name });
    builder.Services.AddSingleton(loggers);
    builder.Configuration.AddHeliograph(options =>
    {
        arguments.ApplyTo(options);
        options.Loggers = loggers;
    });
    builder.Services.AddHeliographStatus();
    builder.Services.AddSingleton(TimeProvider.System);
    builder.Services.AddSingleton(arguments);
    builder.Services.Configure<ShopOptions>(builder.Configuration.GetSection(ShopOptions.Section));
    builder.Services.AddHostedService<SettingsJournal>();
    if (arguments.MetricsPort is { } port) builder.Services.AddHostedService(_ => new MetricsPage(port));
    using var host = builder.Build();
    await host.RunAsync(); // until SIGTERM or Ctrl-C
    return 0;
}
catch (Exception exception) when (exception is HeliographUnavailableException or ArgumentException or IOException or InvalidDataException)
{
    await Console.Error.WriteLineAsync(exception.Message);
    return 1;
}
