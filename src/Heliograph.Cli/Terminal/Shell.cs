// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using Heliograph.Cli.Configuration;

namespace Heliograph.Cli.Terminal;

/// <summary>What every command is built on: the terminal, the global options, and the one place where failures become exit codes.</summary>
internal sealed class Shell(HelioTerminal terminal)
{
    /// <summary>Streams, environment, clock.</summary>
    public HelioTerminal Terminal { get; } = terminal;

    /// <summary>Options of every command.</summary>
    public GlobalOptions Options { get; } = new();

    /// <summary>What the role of this command line is told; <see langword="null"/> for other commands.</summary>
    public EffectiveSettings? Effective { get; set; }

    /// <summary>Gives a command its action.</summary>
    public void Handle(Command command, Func<Invocation, CancellationToken, Task<ExitCode>> action) =>
        command.SetAction((result, cancellationToken) => RunAsync(new Invocation(this, result), action, cancellationToken));

    private async Task<int> RunAsync(Invocation run, Func<Invocation, CancellationToken, Task<ExitCode>> action, CancellationToken cancellationToken)
    {
        try
        {
            return (int)await action(run, cancellationToken);
        }
        catch (CommandException failure)
        {
            failure.WriteTo(Terminal.Error);
            return (int)failure.Code;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            Terminal.Error.WriteLine("Stopped.");
            return (int)ExitCode.Interrupted;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            new CommandException(ExitCode.Failure, exception.Message, next: "Check the path, the permissions and the space left.").WriteTo(Terminal.Error);
            return (int)ExitCode.Failure;
        }
    }
}
