// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Text;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Authoring;

/// <summary>A person's word before something is changed: <c>--yes</c>, or an answer at a terminal.</summary>
internal sealed class Confirmation
{
    private const int AnswerBytesMax = 256;

    private readonly Option<bool> _yes = new("--yes", "-y") { Description = "Change it without asking. Needed where nobody can be asked." };

    /// <summary>Adds the option to a command.</summary>
    public void AddTo(Command command) => command.Add(_yes);

    /// <summary>Whether nobody is to be asked.</summary>
    public bool IsGiven(Invocation run) => run.Value(_yes);

    /// <summary>Refuses where somebody must be asked and nobody can be.</summary>
    /// <param name="run">The command.</param>
    /// <param name="inputIsTaken">Whether standard input is read for something else.</param>
    /// <exception cref="CommandException">Nobody can be asked.</exception>
    public void RequireSomebody(Invocation run, bool inputIsTaken)
    {
        if (IsGiven(run) || (run.Terminal is { InIsTerminal: true, ErrorIsTerminal: true } && !inputIsTaken)) return;
        throw new CommandException(ExitCode.Usage, "This changes settings, and nobody can be asked here: standard input or error is no terminal. Nothing was changed.",
            next: "Look at the plan with --dry-run, then repeat with --yes.");
    }

    /// <summary>Asks, and takes nothing but <c>y</c> or <c>yes</c> for consent.</summary>
    /// <exception cref="CommandException">The answer is no.</exception>
    public async Task AskAsync(Invocation run, string question, CancellationToken cancellationToken)
    {
        if (IsGiven(run)) return;
        await run.Terminal.Error.WriteAsync($"{question} [y/N] ");
        await run.Terminal.Error.FlushAsync(cancellationToken);
        if ((await ReadLineAsync(run.Terminal.In, cancellationToken)).Trim().ToLowerInvariant() is "y" or "yes") return;
        throw new CommandException(ExitCode.Refused, "The answer was not yes. Nothing was changed.");
    }

    // Byte by byte: what follows the line is not ours to read.
    private static async Task<string> ReadLineAsync(Stream input, CancellationToken cancellationToken)
    {
        var (line, one) = (new List<byte>(), new byte[1]);
        while (line.Count < AnswerBytesMax && await input.ReadAsync(one, cancellationToken) == 1 && one[0] != '\n') line.Add(one[0]);
        return Encoding.UTF8.GetString([.. line]);
    }
}
