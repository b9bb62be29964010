// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using System.Text.Json;
using Heliograph.Client;
using Heliograph.Client.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Heliograph.Samples.ShopService;

/// <summary>Writes down what the application runs with, as the application itself sees it: through <see cref="IOptionsMonitor{TOptions}"/>.</summary>
/// <remarks>A line is one write and stands in the file when it returns, so that whoever reads along sees whole lines.</remarks>
internal sealed class SettingsJournal(ServiceArguments arguments, IOptionsMonitor<ShopOptions> shop, IHeliographStatus status, TimeProvider time) : IHostedService, IDisposable
{
    private readonly FileStream _file = new(arguments.Journal, new FileStreamOptions { Mode = FileMode.Append, Access = FileAccess.Write, Share = FileShare.ReadWrite, BufferSize = 0 });
    private readonly Dictionary<NamespaceName, Revision> _written = [];
    private readonly Lock _sync = new();
    private IDisposable? _listening;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _listening = shop.OnChange(options => Write("reload", options, startMs: null));
        using var process = Process.GetCurrentProcess();
        Write("start", shop.CurrentValue, Math.Round((time.GetUtcNow() - process.StartTime.ToUniversalTime()).TotalMilliseconds, 1));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        _listening?.Dispose();
        return Task.CompletedTask;
    }

    public void Dispose() => _file.Dispose();

    /// <summary>One line for each namespace whose revision is not written yet: after a reload that is the one that caused it.</summary>
    private void Write(string @event, ShopOptions options, double? startMs)
    {
        lock (_sync)
            foreach (var current in status.Current.Namespaces)
            {
                if (current.Origin == ViewOrigin.None || _written.GetValueOrDefault(current.Name) == current.Revision) continue;
                _written[current.Name] = current.Revision;
                var line = new JournalLine(
                    time.GetUtcNow().ToUnixTimeMilliseconds(), arguments.Name, Environment.ProcessId, @event,
                    current.Name.Value, current.Revision.ToString(), current.StateRoot.ToString(), current.HeadIssuedAt?.ToUnixTimeMilliseconds(),
                    JsonNamingPolicy.CamelCase.ConvertName(current.Origin.ToString()), current.IsStale, startMs, options.Marker, options.MarkerWrittenAtMs());
                _file.Write([.. JsonSerializer.SerializeToUtf8Bytes(line, JournalJson.Default.JournalLine), (byte)'\n']);
            }
    }
}
