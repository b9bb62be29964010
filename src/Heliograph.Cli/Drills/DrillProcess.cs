// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using System.Text;

namespace Heliograph.Cli.Drills;

/// <summary>This very program as a process of its own; ended with the drill, whatever happens.</summary>
internal sealed class DrillProcess : IAsyncDisposable
{
    private const int SaidCharsMax = 64 << 10;

    private readonly Process _process;
    private readonly StringBuilder _said = new(); // what it told its operator, the newest

    public DrillProcess(IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment)
    {
        var own = Environment.ProcessPath ?? throw new InvalidOperationException("This program does not know its own path.");
        var start = new ProcessStartInfo(own) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        if (Path.GetFileNameWithoutExtension(own) == "dotnet") start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "helio.dll"));
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        foreach (var (name, value) in environment) start.Environment[name] = value;
        _process = Process.Start(start)!;
        _process.StandardInput.Close();
        _process.ErrorDataReceived += (_, line) => Hear(line.Data);
        _process.BeginErrorReadLine();
    }

    /// <summary>Waits until a tier is ready.</summary>
    /// <returns>The line by which it says so.</returns>
    public async Task<string> ReadyAsync(TimeSpan within, CancellationToken cancellationToken) =>
        await _process.StandardOutput.ReadLineAsync(cancellationToken).AsTask().WaitAsync(within, cancellationToken) ?? throw new DrillFailedException($"A process ended before it was ready: {(await EndAsync(within, cancellationToken)).Said}");

    /// <summary>Waits until a tier has ended because it refuses to start.</summary>
    /// <returns>What it said.</returns>
    public async Task<string> RefusedAsync(TimeSpan within, CancellationToken cancellationToken)
    {
        if (await _process.StandardOutput.ReadLineAsync(cancellationToken).AsTask().WaitAsync(within, cancellationToken) is { } ready) throw new DrillFailedException($"A process serves that was to refuse: {ready}");
        var (code, said) = await EndAsync(within, cancellationToken);
        return code != 0 ? said : throw new DrillFailedException("A process that was to refuse ended as if all were well.");
    }

    /// <summary>Waits until it has ended by itself.</summary>
    public async Task<(int Code, string Said)> EndAsync(TimeSpan within, CancellationToken cancellationToken)
    {
        Hear(await _process.StandardOutput.ReadToEndAsync(cancellationToken).WaitAsync(within, cancellationToken));
        await _process.WaitForExitAsync(cancellationToken).WaitAsync(within, cancellationToken);
        lock (_said) return (_process.ExitCode, _said.ToString());
    }

    private void Hear(string? text)
    {
        if (string.IsNullOrEmpty(text)) return;
        lock (_said)
        {
            _said.AppendLine(text);
            if (_said.Length > SaidCharsMax) _said.Remove(0, _said.Length - SaidCharsMax);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        try
        {
            if (!_process.HasExited)
            {
                _process.Kill(entireProcessTree: true);
                await _process.WaitForExitAsync();
            }
        }
        catch (InvalidOperationException) { } // it was ended and let go of before
        _process.Dispose();
    }
}
