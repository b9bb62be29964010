// SPDX-License-Identifier: Apache-2.0
using System.ComponentModel;
using System.Diagnostics;
using Heliograph.Cli.Terminal;
using Heliograph.Platform;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Primitives;

namespace Heliograph.Cli.Exec;

/// <summary>A program that runs with an environment of settings, in the place of this process: its streams, its signals, its exit code.</summary>
internal sealed class SupervisedProcess(string[] command, Func<SortedDictionary<string, string>> variables, ForwardedSignals signals, HelioTerminal terminal)
{
    private const int NotFound = 127, NotExecutable = 126, NoSuchFile = 2; // as shells say it; ENOENT

    /// <summary>Changes that come within this time are one restart.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(500);

    /// <summary>Runs it to its end.</summary>
    /// <param name="watched">Restarts it when its environment would be another; <see langword="null"/>: it keeps the one that it started with.</param>
    /// <param name="grace">How long it may take to end for a restart.</param>
    /// <returns>Its exit code; 128 and the signal's number if a signal ended it.</returns>
    public async Task<int> RunAsync(IConfiguration? watched, TimeSpan grace)
    {
        var current = variables();
        while (true)
        {
            using var process = Start(current);
            signals.ForwardTo(process.Id);
            var ended = process.WaitForExitAsync();
            var next = await Task.WhenAny(ended, ChangedAsync(watched, current, ended)) is Task<SortedDictionary<string, string>?> { Result: { } changed } ? changed : null;
            if (next is null || signals.WasAskedToEnd)
            {
                await ended;
                signals.ForwardToNobody();
                return process.ExitCode;
            }
            await terminal.Error.WriteLineAsync($"The settings have changed: {command[0]} is started anew.");
            await EndAsync(process, ended, grace);
            signals.ForwardToNobody();
            if (signals.WasAskedToEnd) return process.ExitCode;
            current = next;
        }
    }

    private Process Start(SortedDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(command[0]) { UseShellExecute = false };
        foreach (var argument in command.Skip(1)) start.ArgumentList.Add(argument);
        foreach (var (name, value) in environment) start.Environment[name] = value;
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception exception)
        {
            throw new CommandException((ExitCode)(exception.NativeErrorCode == NoSuchFile ? NotFound : NotExecutable), $"'{command[0]}' cannot be started.", next: "Give the program's path behind --; it must be there and executable.");
        }
    }

    /// <summary>The environment, once it is another than the current one; <see langword="null"/> if the program ended first, or nothing is watched.</summary>
    private async Task<SortedDictionary<string, string>?> ChangedAsync(IConfiguration? watched, SortedDictionary<string, string> current, Task ended)
    {
        if (watched is null)
        {
            await ended;
            return null;
        }
        while (!ended.IsCompleted)
        {
            var reloaded = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            using var listening = ChangeToken.OnChange(watched.GetReloadToken, () => reloaded.TrySetResult());
            if (Renewed(current) is { } renewed) return renewed; // what changed before this listened
            await Task.WhenAny(reloaded.Task, ended);
            await Task.WhenAny(Task.Delay(Settling, terminal.Time), ended);
        }
        return null;
    }

    private SortedDictionary<string, string>? Renewed(SortedDictionary<string, string> current)
    {
        try
        {
            var renewed = variables();
            return renewed.SequenceEqual(current) ? null : renewed;
        }
        catch (CommandException failure) // the program goes on with what it has
        {
            failure.WriteTo(terminal.Error);
            return null;
        }
    }

    private async Task EndAsync(Process process, Task ended, TimeSpan grace)
    {
        ProcessSignals.TrySend(process.Id, ProcessSignals.Terminate);
        try
        {
            await ended.WaitAsync(grace, terminal.Time);
        }
        catch (TimeoutException)
        {
            ProcessSignals.TrySend(process.Id, ProcessSignals.Kill);
            await ended;
        }
    }
}
