// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using System.Runtime.InteropServices;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Authoring;

/// <summary>The author's editor: VISUAL, else EDITOR, as a shell would run it (<c>code --wait</c> is one).</summary>
internal sealed class Editor
{
    private readonly string _command;

    private Editor(string command) => _command = command;

    /// <summary>The editor that the environment names.</summary>
    /// <exception cref="CommandException">It names none.</exception>
    public static Editor Of(HelioTerminal terminal)
    {
        foreach (var variable in (ReadOnlySpan<string>)["VISUAL", "EDITOR"])
            if (terminal.Environment(variable) is { Length: > 0 } command) return new(command);
        throw new CommandException(ExitCode.Usage, "No editor is named.", next: "Set VISUAL or EDITOR, such as: export EDITOR=nano");
    }

    /// <summary>Opens a file and waits until the editor has ended. Signals of the terminal are the editor's meanwhile.</summary>
    /// <exception cref="CommandException">It cannot be started, or ended with an error.</exception>
    public async Task RunAsync(string path)
    {
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, static context => context.Cancel = true);
        using var quit = PosixSignalRegistration.Create(PosixSignal.SIGQUIT, static context => context.Cancel = true);
        var start = OperatingSystem.IsWindows() ? new ProcessStartInfo("cmd.exe", ["/c", $"{_command} \"{path}\""]) : new ProcessStartInfo("/bin/sh", ["-c", $"{_command} \"$1\"", "sh", path]);
        using var process = Process.Start(start) ?? throw new CommandException(ExitCode.Usage, "The editor cannot be started.", _command, "Check VISUAL and EDITOR.");
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new CommandException(ExitCode.Usage, $"The editor ended with {process.ExitCode}. Nothing was changed.", _command, "Check VISUAL and EDITOR.");
    }
}
