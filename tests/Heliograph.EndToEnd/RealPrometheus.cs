// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text.Json.Nodes;
using Xunit;

namespace Heliograph.EndToEnd;

/// <summary>Debian's Prometheus as a process of its own, with the rules of <c>deploy/prometheus</c>. Scrapes and judges every second.</summary>
internal sealed class RealPrometheus : IAsyncDisposable
{
    private readonly HelioProcess _process;
    private readonly HttpClient _http;

    private RealPrometheus(HelioProcess process, Uri address) => (_process, _http) = (process, new HttpClient { BaseAddress = address });

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Starts it; skips the test where it is not installed.</summary>
    /// <param name="directory">Its own.</param>
    /// <param name="jobs">What to scrape, by job.</param>
    public static async Task<RealPrometheus> StartAsync(string directory, Dictionary<string, Uri> jobs)
    {
        SkipWithout("prometheus");
        Directory.CreateDirectory(directory);
        var configuration = $"global: {{ scrape_interval: 1s, evaluation_interval: 1s }}\nrule_files: [ {Rules("heliograph-alerts.yml")}, {Rules("heliograph-slo.yml")} ]\nscrape_configs:\n"
            + string.Concat(jobs.Select(job => $"  - job_name: {job.Key}\n    static_configs: [ {{ targets: [ \"{job.Value.Authority}\" ] }} ]\n"));
        await File.WriteAllTextAsync(Path.Combine(directory, "prometheus.yml"), configuration, Cancel);
        var port = RealFleet.FreePorts(1)[0];
        var process = HelioProcess.Run("prometheus", $"--config.file={Path.Combine(directory, "prometheus.yml")}", $"--storage.tsdb.path={Path.Combine(directory, "data")}", string.Create(CultureInfo.InvariantCulture, $"--web.listen-address=127.0.0.1:{port}"), "--log.level=error");
        return new(process, new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}")));
    }

    /// <summary>A program of Debian's package <c>prometheus</c> is needed.</summary>
    public static void SkipWithout(string program)
    {
        var isHere = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(directory => File.Exists(Path.Combine(directory, program)));
        Assert.SkipUnless(isHere, $"{program} is not installed (Debian package prometheus).");
    }

    /// <summary>A file of <c>deploy/prometheus</c>.</summary>
    public static string Rules(string file)
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory!.FullName, "Heliograph.slnx"))) directory = directory.Parent;
        return Path.Combine(directory.FullName, "deploy", "prometheus", file);
    }

    /// <summary>Waits until a query has a result.</summary>
    public async Task IsSoAsync(string query)
    {
        var last = "";
        await RealFleet.EventuallyAsync(async () =>
        {
            try
            {
                last = await _http.GetStringAsync(new Uri($"/api/v1/query?query={Uri.EscapeDataString(query)}", UriKind.Relative), Cancel);
                return JsonNode.Parse(last)!["data"]!["result"]!.AsArray().Count > 0;
            }
            catch (HttpRequestException exception)
            {
                last = exception.Message;
                return false; // it is starting
            }
        }, () => $"{query}; Prometheus says {last}");
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _process.DisposeAsync();
    }
}
