// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;

namespace Heliograph.EndToEnd;

/// <summary>A program of this solution as a process of its own, ended with the test whatever happens.</summary>
internal sealed class HelioProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Task<string> _errors;

    private HelioProcess(Process process) => (_process, _errors) = (process, process.StandardError.ReadToEndAsync());

    public int Id => _process.Id;

    public bool IsRunning => !_process.HasExited;

    /// <param name="keepsInput">Whether lines will be written to it; else its standard input is at its end.</param>
    /// <param name="before">A program and arguments that start it, as <c>ip netns exec NAME</c> does: the process is the same.</param>
    public static HelioProcess Start(string project, string executable, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null, IReadOnlyList<string>? before = null, bool keepsInput = false)
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Name;
        var program = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", project, configuration, executable));
        return before is [var starter, ..] ? Start(starter, [.. before.Skip(1), program, .. arguments], environment, keepsInput) : Start(program, arguments, environment, keepsInput);
    }

    /// <summary>Any program, as a process of its own.</summary>
    public static HelioProcess Run(string program, params string[] arguments) => Start(program, arguments, environment: null);

    /// <summary>Any program with variables of its own.</summary>
    public static HelioProcess Run(string program, IReadOnlyDictionary<string, string> environment, params string[] arguments) => Start(program, arguments, environment);

    private static HelioProcess Start(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment, bool keepsInput = false)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        foreach (var (name, value) in environment ?? new Dictionary<string, string>()) start.Environment[name] = value;
        var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} could not be started.");
        if (!keepsInput) process.StandardInput.Close();
        return new HelioProcess(process);
    }

    /// <summary>The next line of standard output, or <see langword="null"/> at its end.</summary>
    public async Task<string?> ReadLineAsync(CancellationToken cancellationToken) => await _process.StandardOutput.ReadLineAsync(cancellationToken);

    /// <summary>A line for its standard input.</summary>
    public async Task WriteLineAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line);
        await _process.StandardInput.FlushAsync();
    }

    /// <summary>Everything else on standard output, once the process has ended.</summary>
    public async Task<(int Code, string Output, string Errors)> WaitAsync(TimeSpan within, CancellationToken cancellationToken)
    {
        var output = await _process.StandardOutput.ReadToEndAsync(cancellationToken).WaitAsync(within, cancellationToken);
        await _process.WaitForExitAsync(cancellationToken).WaitAsync(within, cancellationToken);
        return (_process.ExitCode, output, await _errors);
    }

    /// <summary>Sends a signal by the process's id.</summary>
    public async Task SignalAsync(string name)
    {
        using var kill = Process.Start("kill", ["-s", name, Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }
        _process.Dispose();
    }
}
