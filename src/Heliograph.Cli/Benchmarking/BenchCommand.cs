// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Globalization;
using System.Text.Json.Serialization;
using Heliograph.Cli.Api;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Benchmarking;

/// <summary>How long calls of one kind took.</summary>
internal sealed record BenchFigures(string Kind, long Calls, long Failed, double PerSecond, double P50Ms, double P90Ms, double P99Ms, double P999Ms, double MaxMs);

/// <summary>What <c>helio bench</c> measured.</summary>
internal sealed record BenchView(string Server, int Concurrency, double Seconds, IReadOnlyList<BenchFigures> Figures);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(BenchView))]
internal sealed partial class BenchJson : JsonSerializerContext
{
    /// <summary>For printing: addresses as they are.</summary>
    public static BenchJson Plain => field ??= new(new System.Text.Json.JsonSerializerOptions(Default.Options) { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}

/// <summary><c>helio bench</c>: a bounded load on a deployment, and how long its answers took. It reads; it writes only with <c>--write</c>, and only into a namespace that it makes and deletes.</summary>
internal sealed class BenchCommand : Command
{
    private const string ScratchDescription = "scratch of helio bench: deleted when it ends";

    private readonly Option<TimeSpan> _duration = new("--duration") { HelpName = "DURATION", CustomParser = Duration.Parse, DefaultValueFactory = _ => TimeSpan.FromSeconds(10), Description = "How long, 1s to 10m. Default: 10s." };
    private readonly Option<int> _concurrency = new("--concurrency", "-c") { HelpName = "N", DefaultValueFactory = _ => 8, Description = "Calls at once, 1 to 256. Default: 8." };
    private readonly Option<int> _requests = new("--requests") { HelpName = "N", DefaultValueFactory = _ => 100_000, Description = "End after so many calls, up to 1000000. Default: 100000." };
    private readonly Option<NamespaceName?> _namespace = new("--namespace") { HelpName = "NAMESPACE", CustomParser = Inputs.ParseOptionalNamespace, Description = "Read settings of this namespace, one a call. Default: the realm's own facts." };
    private readonly Option<bool> _write = new("--write") { Description = "Write as well, into a namespace of its own." };
    private readonly Option<NamespaceName?> _scratch = new("--scratch") { HelpName = "NAMESPACE", CustomParser = Inputs.ParseOptionalNamespace, Description = "With --write: the namespace that is made for it and deleted at the end; it must not exist. Default: helio-bench.scratch." };

    public BenchCommand(Shell shell) : base("bench", "Measure a deployment under a bounded load: reads, and writes only with --write.")
    {
        foreach (var option in new Option[] { _duration, _concurrency, _requests, _namespace, _write, _scratch }) Add(option);
        Validators.Add(result =>
        {
            if (result.ValueOrDefault(_duration) is var duration && (duration < TimeSpan.FromSeconds(1) || duration > TimeSpan.FromMinutes(10))) result.AddError("--duration is 1s to 10m.");
            if (result.ValueOrDefault(_concurrency) is < 1 or > 256) result.AddError("--concurrency is 1 to 256.");
            if (result.ValueOrDefault(_requests) is < 1 or > 1_000_000) result.AddError("--requests is 1 to 1000000.");
            if (result.GetValue(_scratch) is not null && !result.GetValue(_write)) result.AddError("--scratch goes with --write.");
        });
        shell.Handle(this, RunAsync);
    }

    private async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancellationToken)
    {
        using var api = run.Connect();
        var realm = await api.GetRealmAsync(cancellationToken);
        run.Output.Say($"Measuring {api.Server} (realm {realm.Realm}), {run.Value(_concurrency)} calls at once, for {run.Value(_duration).TotalSeconds:0} s or {run.Value(_requests)} calls.");
        var figures = new List<BenchFigures> { await ReadsAsync(run, api, cancellationToken) };
        if (run.Value(_write)) figures.Add(await WritesAsync(run, api, cancellationToken));
        run.Output.Result(new BenchView(api.Server.ToString(), run.Value(_concurrency), run.Value(_duration).TotalSeconds, figures), BenchJson.Plain.BenchView, view => run.Output.Table(
            ["CALLS", "DONE", "FAILED", "PER SECOND", "P50 MS", "P90 MS", "P99 MS", "P99.9 MS", "MAX MS"], view.Figures.Select(it => (IReadOnlyList<string>)
            [it.Kind, $"{it.Calls}", $"{it.Failed}", Number(it.PerSecond), Number(it.P50Ms), Number(it.P90Ms), Number(it.P99Ms), Number(it.P999Ms), Number(it.MaxMs)])));
        return figures.All(kind => kind.Calls == 0) ? ExitCode.Failure : ExitCode.Success;
    }

    private async Task<BenchFigures> ReadsAsync(Invocation run, ApiClient api, CancellationToken cancellationToken)
    {
        if (run.Value(_namespace) is not { } name) return await MeasureAsync(run, "read", (_, cancel) => api.GetRealmAsync(cancel), cancellationToken);
        var keys = (await api.ListSettingsAsync(name, null, null, null, cancellationToken)).Items.Select(item => SettingKey.Create(item.Key, item.Label)).ToList();
        if (keys.Count == 0) throw new CommandException(ExitCode.NotFound, $"{name} holds no setting that could be read.");
        return await MeasureAsync(run, "read", (i, cancel) => api.GetSettingAsync(name, keys[i % keys.Count], null, cancel), cancellationToken);
    }

    private async Task<BenchFigures> WritesAsync(Invocation run, ApiClient api, CancellationToken cancellationToken)
    {
        var scratch = run.Value(_scratch) ?? NamespaceName.Parse("helio-bench.scratch");
        await api.CreateNamespaceAsync(scratch, ScratchDescription, ApiClient.NewIdempotencyKey(), cancellationToken); // refused if it exists: nothing of anybody's is written to
        try
        {
            return await MeasureAsync(run, "write", (i, cancel) => api.PutSettingAsync(scratch, SettingKey.Create($"k{i % 1_000}"), new($"{i}", null, null, null), null, ApiClient.NewIdempotencyKey(), cancel), cancellationToken);
        }
        finally
        {
            await api.AlterNamespaceAsync(scratch, new(true, null), ApiClient.NewIdempotencyKey(), CancellationToken.None);
            await api.DeleteNamespaceAsync(scratch, ApiClient.NewIdempotencyKey(), CancellationToken.None);
        }
    }

    private async Task<BenchFigures> MeasureAsync<T>(Invocation run, string kind, Func<int, CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        var (time, duration, requests) = (run.Terminal.Time, run.Value(_duration), run.Value(_requests));
        using var over = new CancellationTokenSource(duration, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, over.Token);
        var progress = new Progress(run.Terminal, kind, requests);
        var (taken, failed, begin) = (0, 0L, time.GetTimestamp());
        async Task<List<double>> WorkAsync()
        {
            var latencies = new List<double>();
            for (int i; !either.IsCancellationRequested && (i = Interlocked.Increment(ref taken)) <= requests;)
            {
                var start = time.GetTimestamp();
                try
                {
                    await call(i, either.Token);
                    latencies.Add(time.GetElapsedTime(start).TotalMilliseconds);
                }
                catch (OperationCanceledException) when (either.IsCancellationRequested) { break; } // the time is over
                catch (CommandException) when (either.IsCancellationRequested) { break; } // a change that was under way then
                catch (CommandException failure) when (failure.Code is not (ExitCode.NotAuthorized or ExitCode.Usage)) { Interlocked.Increment(ref failed); } // counted: that is what is measured
            }
            return latencies;
        }
        var workers = Enumerable.Range(0, run.Value(_concurrency)).Select(_ => Task.Run(WorkAsync, CancellationToken.None)).ToList();
        var all = Task.WhenAll(workers);
        while (await Task.WhenAny(all, Task.Delay(TimeSpan.FromMilliseconds(200), time, CancellationToken.None)) != all) progress.Report(Math.Min(Volatile.Read(ref taken), requests));
        progress.Clear();
        var sorted = (await all).SelectMany(latencies => latencies).Order().ToArray();
        cancellationToken.ThrowIfCancellationRequested();
        var seconds = Math.Max(time.GetElapsedTime(begin).TotalSeconds, 0.001);
        return new(kind, sorted.Length, failed, Math.Round(sorted.Length / seconds, 1), At(sorted, 0.5), At(sorted, 0.9), At(sorted, 0.99), At(sorted, 0.999), At(sorted, 1));
    }

    /// <summary>The smallest value that at least such a share of all does not exceed.</summary>
    internal static double At(double[] sorted, double share) => sorted.Length == 0 ? 0 : Math.Round(sorted[Math.Max(0, (int)Math.Ceiling(sorted.Length * share) - 1)], 3);

    private static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}
