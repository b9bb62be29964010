// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using System.Globalization;
using Heliograph.Platform;

namespace Heliograph.Agent.Projection;

/// <summary>Tells whoever reads the files that they have changed.</summary>
internal static class ReloadHook
{
    /// <summary>Sends the signal, or runs the program.</summary>
    /// <returns>Why it did not work; <see langword="null"/> if it did.</returns>
    public static async Task<string?> RunAsync(ProjectionReload reload, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            return reload.Command is { } command ? await RunAsync(command, time, cancellationToken) : Signal(reload);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or System.ComponentModel.Win32Exception)
        {
            return exception.Message;
        }
    }

    private static string? Signal(ProjectionReload reload)
    {
        if (!File.Exists(reload.PidFile)) return $"{reload.PidFile} is not there: the process does not run, or keeps its id elsewhere.";
        if (!int.TryParse(File.ReadAllText(reload.PidFile).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var process) || process <= 1) return $"{reload.PidFile} holds no id of a process.";
        return ProcessSignals.TrySend(process, reload.SignalNumber) ? null : $"There is no process {process} that this agent may signal.";
    }

    private static async Task<string?> RunAsync(IReadOnlyList<string> command, TimeProvider time, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(command[0]) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in command.Skip(1)) start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        process.OutputDataReceived += static (_, _) => { }; // read, so that it never waits for a reader, and not kept: it may hold values
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var timer = time.CreateTimer(_ => limit.Cancel(), null, ProjectionReload.CommandMax, Timeout.InfiniteTimeSpan);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            cancellationToken.ThrowIfCancellationRequested();
            return $"{command[0]} ran for longer than {ProjectionReload.CommandMax.TotalSeconds:0} s and was killed.";
        }
        return process.ExitCode == 0 ? null : $"{command[0]} ended with {process.ExitCode}.";
    }
}
