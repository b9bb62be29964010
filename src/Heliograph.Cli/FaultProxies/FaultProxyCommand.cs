// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.FaultProxies;

/// <summary><c>helio fault-proxy</c>: a TCP proxy that harms connections, for tests of whatever talks through it.</summary>
internal sealed class FaultProxyCommand : Command
{
    private static readonly string[] s_faults = ["latency", "jitter", "bandwidth", "corrupt", "reset", "direction"];

    private readonly Option<string> _listen = new("--listen") { HelpName = "ADDRESS:PORT", DefaultValueFactory = _ => "127.0.0.1:0", Description = "Where to listen, on loopback; port 0 takes a free one. Default: 127.0.0.1:0." };
    private readonly Option<string> _to = new("--to") { Required = true, HelpName = "HOST:PORT", Description = "What is behind it." };
    private readonly Option<int> _seed = new("--seed") { HelpName = "N", DefaultValueFactory = _ => 1, Description = "Of everything random: the same seed, the same faults at the same pieces of the n-th connection. Default: 1." };
    private readonly Option<bool> _blackhole = new("--blackhole") { Description = "Nothing passes, and nothing is closed." };
    private readonly Dictionary<string, Option<string?>> _values;

    public FaultProxyCommand(Shell shell) : base("fault-proxy", "A TCP proxy that harms connections, for tests: latency, loss of bandwidth, black holes, turned bits, resets.")
    {
        _values = new(StringComparer.Ordinal)
        {
            ["latency"] = new("--latency") { HelpName = "DURATION", Description = "How much later every byte arrives; at most 60s." },
            ["jitter"] = new("--jitter") { HelpName = "DURATION", Description = "Up to how much later still, drawn for each piece; at most 60s." },
            ["bandwidth"] = new("--bandwidth") { HelpName = "BYTES", Description = "Bytes a second, each way of each connection: 65536, 64KiB, 10MiB." },
            ["corrupt"] = new("--corrupt") { HelpName = "SHARE", Description = "Share of pieces (up to 16 KiB) in which one bit is turned, 0 to 1." },
            ["reset"] = new("--reset") { HelpName = "SHARE", Description = "Share of pieces at which the connection is reset, 0 to 1." },
            ["direction"] = new("--direction") { HelpName = "both|up|down", Description = "Which way all faults hold; up is from the client. Default: both." },
        };
        foreach (var option in new Option[] { _listen, _to, _seed, _blackhole }.Concat(s_faults.Select(name => _values[name]))) Add(option);
        Validators.Add(result =>
        {
            if (result.ValueOrDefault(_listen) is { } listen && ListenAddress(listen) is null) result.AddError($"--listen is a loopback address and a port, as 127.0.0.1:7000 or [::1]:0, not '{listen}'.");
            if (result.ValueOrDefault(_to) is { } to && Target(to) is null) result.AddError($"--to is a host and a port, as 127.0.0.1:7430, not '{to}'.");
        });
        shell.Handle(this, RunAsync);
    }

    private async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancellationToken)
    {
        var faults = ProxyFaults.None with { Blackhole = run.Value(_blackhole) };
        foreach (var name in s_faults)
            if (run.Value(_values[name]) is { } text && !faults.TryChange(name, text, out faults, out var fault)) throw new CommandException(ExitCode.Usage, "--" + fault, next: "helio fault-proxy --help");
        await using var proxy = new FaultProxy(Target(run.Value(_to)!)!, run.Value(_seed), run.Terminal.Time);
        proxy.Set(faults);
        try
        {
            proxy.Start(ListenAddress(run.Value(_listen)!)!);
        }
        catch (SocketException exception)
        {
            throw new CommandException(ExitCode.Failure, exception.Message, run.Value(_listen), "Choose another port, or 0 for a free one.");
        }
        Show(run, proxy);
        await ObeyAsync(run, proxy, cancellationToken);
        return ExitCode.Success;
    }

    /// <summary>A line of standard input each; at its end it goes on as it was told until it is stopped.</summary>
    private static async Task ObeyAsync(Invocation run, FaultProxy proxy, CancellationToken cancellationToken)
    {
        using var input = new StreamReader(run.Terminal.In);
        try
        {
            while (await input.ReadLineAsync(cancellationToken).AsTask().WaitAsync(cancellationToken) is { } line) // a terminal's own read does not end with the token
            {
                var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                if (words.Length == 0) continue;
                if (words is ["stop"]) return;
                if (words is ["heal"]) proxy.Set(ProxyFaults.None);
                else if (words is ["reset", "now"]) proxy.ResetAll();
                else if (words is not ["state"] && Change(proxy, words) is { } fault) run.Output.Say($"error: {PrintableText.OneLine(fault, 400)}");
                Show(run, proxy);
            }
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // stopped: that is how it ends
        }
    }

    private static string? Change(FaultProxy proxy, string[] words)
    {
        if (words.Length != 2) return "A line is heal, reset now, state, stop, or a fault and its value.";
        if (!proxy.Current.Faults.TryChange(words[0], words[1], out var changed, out var fault)) return fault;
        proxy.Set(changed);
        return null;
    }

    private static void Show(Invocation run, FaultProxy proxy)
    {
        run.Output.Result(proxy.State(), ProxyJson.Default.ProxyState, it => run.Output.Line(string.Create(CultureInfo.InvariantCulture,
            $"{it.Listen} -> {it.To}: latency {it.Faults.LatencyMs} ms + {it.Faults.JitterMs} ms, bandwidth {it.Faults.BytesPerSecond}, blackhole {(it.Faults.Blackhole ? "on" : "off")}, corrupt {it.Faults.Corrupt}, reset {it.Faults.Reset}, {it.Faults.Direction}; {it.Open} open, {it.Accepted} accepted, {it.Bytes} bytes, {it.Corrupted} corrupted, {it.Resets} reset")));
        run.Terminal.Out.Flush();
    }

    private static IPEndPoint? ListenAddress(string text) => IPEndPoint.TryParse(text, out var endpoint) && text.EndsWith($":{endpoint.Port}", StringComparison.Ordinal) && IPAddress.IsLoopback(endpoint.Address) ? endpoint : null;

    private static DnsEndPoint? Target(string text) =>
        text.LastIndexOf(':') is > 0 and var colon && ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port > 0 && Uri.CheckHostName(text[..colon].Trim('[', ']')) != UriHostNameType.Unknown
            ? new(text[..colon].Trim('[', ']'), port)
            : null;
}
