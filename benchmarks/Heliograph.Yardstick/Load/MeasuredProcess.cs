// SPDX-License-Identifier: Apache-2.0
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;

namespace Heliograph.Yardstick.Load;

/// <summary>A process that was started here: its CPU clock, its memory, its first line, its end.</summary>
internal sealed class MeasuredProcess : IDisposable
{
    private const int OwnCpuClock = 2;
    private static readonly TimeSpan StopWithin = TimeSpan.FromSeconds(8);

    private static readonly ConcurrentDictionary<MeasuredProcess, bool> Running = new();

    private readonly Process _process;
    private readonly StreamWriter _log;
    private readonly string _logPath;
    private bool _isDisposed;
    private readonly TaskCompletionSource<string> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Whoever ends this program in the middle of a run leaves no server behind.</summary>
    static MeasuredProcess() => AppDomain.CurrentDomain.ProcessExit += (_, _) =>
    {
        foreach (var process in Running.Keys)
            if (process.IsAlive) _ = Libc.kill(process.Id, Libc.SigKill);
    };

    /// <summary>Starts a program; what it writes goes to a file.</summary>
    public MeasuredProcess(string program, IEnumerable<string> arguments, string logPath, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        foreach (var (name, value) in environment ?? new Dictionary<string, string>()) start.Environment[name] = value;
        (_logPath, _log) = (logPath, new StreamWriter(logPath, append: false) { AutoFlush = true });
        _process = Process.Start(start) ?? throw new IOException($"{program} could not be started.");
        Running[this] = true;
        _process.StandardInput.Close();
        _process.OutputDataReceived += (_, line) => Take(line.Data, isOutput: true);
        _process.ErrorDataReceived += (_, line) => Take(line.Data, isOutput: false);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    public bool IsAlive => !_process.HasExited;

    /// <summary>CPU time used so far, user and kernel, by the process's own clock of nanoseconds.</summary>
    public double CpuSeconds => Clock(~Id << 3 | 2);

    /// <summary>CPU time that this process has used.</summary>
    public static double OwnCpuSeconds => Clock(OwnCpuClock);

    /// <summary>Resident memory now.</summary>
    public long ResidentKib => Field("VmRSS:");

    /// <summary>The most resident memory so far.</summary>
    public long PeakKib => Field("VmHWM:");

    /// <summary>Descriptors that are open now.</summary>
    public int Descriptors => Directory.GetFileSystemEntries($"/proc/{Id}/fd").Length;

    /// <summary>The first line of standard output that is a JSON object.</summary>
    public string WaitForReadyLine(TimeSpan within)
    {
        for (var since = Stopwatch.StartNew(); since.Elapsed < within;)
        {
            if (_ready.Task.Wait(50)) return _ready.Task.Result;
            RequireAlive();
        }
        throw new TimeoutException($"{_process.ProcessName} was not ready within {within.TotalSeconds} s:{Environment.NewLine}{Tail()}");
    }

    /// <summary>Waits until something accepts connections at a port.</summary>
    public void WaitForPort(int port, TimeSpan within)
    {
        for (var since = Stopwatch.StartNew(); since.Elapsed < within; Thread.Sleep(50))
        {
            RequireAlive();
            try
            {
                using var probe = new TcpClient("127.0.0.1", port);
                return;
            }
            catch (SocketException)
            {
                // not yet
            }
        }
        throw new TimeoutException($"Nothing listens at port {port} after {within.TotalSeconds} s:{Environment.NewLine}{Tail()}");
    }

    /// <summary>The last lines that it wrote.</summary>
    public string Tail()
    {
        lock (_log) return string.Join(Environment.NewLine, File.ReadLines(_logPath).TakeLast(12));
    }

    /// <summary>How many lines of what it wrote hold a text.</summary>
    public int CountOfLines(string text)
    {
        lock (_log) return File.ReadLines(_logPath).Count(line => line.Contains(text, StringComparison.Ordinal));
    }

    /// <summary>SIGKILL, and nothing else is said.</summary>
    public void Kill()
    {
        _ = Libc.kill(Id, Libc.SigKill);
        _process.WaitForExit();
    }

    /// <summary>SIGTERM, and SIGKILL if that is not heard.</summary>
    public void Dispose()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        if (!_process.HasExited)
        {
            _ = Libc.kill(Id, Libc.SigTerm);
            if (!_process.WaitForExit(StopWithin))
            {
                _ = Libc.kill(Id, Libc.SigKill);
                _process.WaitForExit();
            }
        }
        Running.TryRemove(this, out _);
        _process.Dispose();
        lock (_log) _log.Dispose();
    }

    private void RequireAlive()
    {
        if (_process.HasExited) throw new IOException($"A server ended with code {_process.ExitCode}:{Environment.NewLine}{Tail()}");
    }

    private void Take(string? line, bool isOutput)
    {
        if (line is null) return;
        lock (_log)
            if (_log.BaseStream is { CanWrite: true }) _log.WriteLine(line);
        if (isOutput && line.StartsWith('{')) _ready.TrySetResult(line);
    }

    private static unsafe double Clock(int clock)
    {
        Libc.TimeSpec time;
        return Libc.clock_gettime(clock, &time) == 0 ? time.Seconds + time.Nanoseconds / 1e9 : double.NaN;
    }

    private long Field(string name)
    {
        foreach (var line in File.ReadLines($"/proc/{Id}/status"))
            if (line.StartsWith(name, StringComparison.Ordinal))
                return long.Parse(line[name.Length..].Trim().Split(' ')[0], CultureInfo.InvariantCulture);
        return 0;
    }
}
