// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Heliograph.Documents.Tests.Console;

/// <summary>
/// One bash in a directory of its own, as a reader's: variables and background processes of a command are there for the next. Where the system allows it, it has a network of its own, with
/// loopback alone: a page may name the default ports. Everything that it started ends with it.
/// </summary>
internal sealed partial class ReadersShell : IAsyncDisposable
{
    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(50);

    private readonly Process _shell;
    private readonly TimeSpan _endWithin;
    private int _commands;

    private ReadersShell(Process shell, DirectoryInfo scratch, TimeSpan endWithin) => (_shell, Scratch, _endWithin) = (shell, scratch, endWithin);

    /// <summary>Where its files are; removed at the end.</summary>
    public DirectoryInfo Scratch { get; }

    /// <summary>Starts it.</summary>
    /// <param name="helio">The program that the reader calls <c>helio</c>.</param>
    /// <param name="repository">Whose <c>deploy</c> and <c>samples</c> the reader sees.</param>
    /// <param name="endWithin">How long what was started may take to end after SIGTERM before it is killed.</param>
    public static ReadersShell Start(string helio, string repository, TimeSpan endWithin)
    {
        var scratch = Directory.CreateTempSubdirectory("hld-"); // short: unix sockets are made in it
        foreach (var name in new[] { "bin", "home", "typed" }) scratch.CreateSubdirectory(name);
        File.CreateSymbolicLink(Path.Combine(scratch.FullName, "bin", "helio"), helio);
        foreach (var name in new[] { "deploy", "samples" })
            if (Directory.Exists(Path.Combine(repository, name))) File.CreateSymbolicLink(Path.Combine(scratch.FullName, name), Path.Combine(repository, name));

        string[] network = HasOwnNetwork ? ["unshare", "--net", "sh", "-c", "ip link set lo up && exec bash --noprofile --norc"] : ["bash", "--noprofile", "--norc"];
        var start = new ProcessStartInfo("setsid") { WorkingDirectory = scratch.FullName, RedirectStandardInput = true, RedirectStandardOutput = true };
        foreach (var argument in network) start.ArgumentList.Add(argument);
        foreach (var name in start.Environment.Keys.Where(IsOfTheTest).ToList()) start.Environment.Remove(name);
        start.Environment["HOME"] = Path.Combine(scratch.FullName, "home");
        start.Environment["PATH"] = $"{Path.Combine(scratch.FullName, "bin")}:{Environment.GetEnvironmentVariable("PATH")}";
        start.Environment["LANG"] = "C.UTF-8";
        return new(Process.Start(start) ?? throw new InvalidOperationException("bash could not be started."), scratch, endWithin);
    }

    /// <summary>Types one command and waits for its end, or, in the background, until it has printed what it shall.</summary>
    /// <param name="step">The command.</param>
    /// <param name="within">How long it may take.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Its exit code (0 in the background) and what it printed.</returns>
    /// <exception cref="TimeoutException">It took longer.</exception>
    public async Task<(int Code, string Output)> TypeAsync(Step step, TimeSpan within, CancellationToken cancellationToken)
    {
        var name = Path.Combine(Scratch.FullName, "typed", (++_commands).ToString(CultureInfo.InvariantCulture));
        await File.WriteAllTextAsync($"{name}.command", step.Command, cancellationToken);
        await _shell.StandardInput.WriteLineAsync($"eval \"$(cat '{name}.command')\" >'{name}.output' 2>&1 </dev/null; echo $?".AsMemory(), cancellationToken);
        await _shell.StandardInput.FlushAsync(cancellationToken);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(within);
        try
        {
            if (await _shell.StandardOutput.ReadLineAsync(limit.Token) is not { } code) throw new InvalidOperationException($"The shell ended with: {await OutputAsync()}");
            while (step.IsInBackground && !Expectation.IsMet(step.Says, await OutputAsync())) await Task.Delay(s_poll, limit.Token); // another process: there is no event to wait for
            return (int.Parse(code, CultureInfo.InvariantCulture), await OutputAsync());
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"It took longer than {within.TotalSeconds} s, and has printed: {await OutputAsync()}");
        }

        async Task<string> OutputAsync() => File.Exists($"{name}.output") ? OfJobs().Replace(await File.ReadAllTextAsync($"{name}.output", CancellationToken.None), "") : "";
    }

    public async ValueTask DisposeAsync()
    {
        var group = $"-{_shell.Id.ToString(CultureInfo.InvariantCulture)}";
        await SignalAsync("TERM", group);
        for (var since = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(since) < _endWithin && await SignalAsync("0", group);) await Task.Delay(s_poll);
        await SignalAsync("KILL", group);
        await _shell.WaitForExitAsync();
        _shell.Dispose();
        Scratch.Delete(recursive: true);
    }

    /// <summary>Signals everything in the shell's session group; whether there was anything.</summary>
    private static async Task<bool> SignalAsync(string signal, string group)
    {
        using var kill = Process.Start(new ProcessStartInfo("kill", ["-s", signal, "--", group]) { RedirectStandardError = true })!;
        await kill.WaitForExitAsync();
        return kill.ExitCode == 0;
    }

    /// <summary>Whether this user may make a network.</summary>
    public static bool HasOwnNetwork => s_hasOwnNetwork.Value;

    private static readonly Lazy<bool> s_hasOwnNetwork = new(() =>
    {
        try
        {
            using var made = Process.Start(new ProcessStartInfo("unshare", ["--net", "ip", "link", "set", "lo", "up"]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            made.WaitForExit();
            return made.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false; // no such program
        }
    });

    /// <summary>What bash itself says, at some time, of a background process that a signal ended.</summary>
    [GeneratedRegex("bash: line [0-9]+: +[0-9]+ (?:Killed|Terminated|Hangup)\\b[^\\n]*\\n")]
    private static partial Regex OfJobs();

    private static bool IsOfTheTest(string variable) => variable.StartsWith("HELIOGRAPH", StringComparison.Ordinal) || variable.StartsWith("XDG_", StringComparison.Ordinal) || variable is "CI" or "EDITOR" or "VISUAL";
}
