// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Heliograph.Samples.ShopFleet;

/// <summary>One process of the fleet: started, watched for its ready line, killed or stopped by its id, started again with the same words.</summary>
internal sealed class FleetProcess(string name, string tier, string program, IReadOnlyList<string> arguments, string logFile) : IAsyncDisposable
{
    private const int Sigterm = 15, Sigkill = 9;

    private Process? _process;

    public string Name { get; } = name;

    public string Tier { get; } = tier;

    public bool IsAlive => _process is { HasExited: false };

    public int Id => _process?.Id ?? 0;

    /// <summary>Starts the process. Its output goes to the log file; the first line that begins with <c>{</c> is its ready line.</summary>
    public async Task<string?> StartAsync(bool waitUntilReady, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        var process = Process.Start(start) ?? throw new InvalidOperationException($"{Name} could not be started.");
        _process?.Dispose();
        _process = process;
        process.StandardInput.Close();
        var log = new StreamWriter(logFile, append: true) { AutoFlush = true };
        var ready = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        process.OutputDataReceived += (_, line) => Write(log, line.Data, ready);
        process.ErrorDataReceived += (_, line) => Write(log, line.Data, null);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _ = process.WaitForExitAsync(CancellationToken.None).ContinueWith(_ => ready.TrySetResult(null), TaskScheduler.Default);
        if (!waitUntilReady) return null;
        return await ready.Task.WaitAsync(TimeSpan.FromSeconds(30), cancellationToken)
            ?? throw new InvalidOperationException($"{Name} ended before it was ready:{Environment.NewLine}{Tail()}");
    }

    /// <summary>Waits until it ends by itself, for a minute at most.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> WaitAsync(CancellationToken cancellationToken)
    {
        await _process!.WaitForExitAsync(cancellationToken).WaitAsync(TimeSpan.FromMinutes(1), cancellationToken);
        return _process.ExitCode;
    }

    /// <summary>SIGKILL: no goodbye.</summary>
    public async Task KillAsync()
    {
        if (!IsAlive) return;
        _ = Native.kill(Id, Sigkill);
        await _process!.WaitForExitAsync();
    }

    /// <summary>SIGTERM, and SIGKILL if that is not heard within 10 s.</summary>
    /// <returns>Whether it stopped by itself.</returns>
    public async Task<bool> StopAsync()
    {
        if (!IsAlive) return true;
        _ = Native.kill(Id, Sigterm);
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        try
        {
            await _process!.WaitForExitAsync(deadline.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            await KillAsync();
            return false;
        }
    }

    /// <summary>The last lines that it wrote.</summary>
    public string Tail() => File.Exists(logFile) ? string.Join(Environment.NewLine, File.ReadLines(logFile).TakeLast(12)) : "(it wrote nothing)";

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _process?.Dispose();
        _process = null;
    }

    private static void Write(StreamWriter log, string? line, TaskCompletionSource<string?>? ready)
    {
        if (line is null) return;
        lock (log) log.WriteLine(line);
        if (line.StartsWith('{')) ready?.TrySetResult(line);
    }

    private static class Native
    {
        [DllImport("libc", SetLastError = true)]
        public static extern int kill(int pid, int signal);
    }
}
