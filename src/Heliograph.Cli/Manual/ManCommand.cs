// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Manual;

/// <summary><c>helio man [COMMAND]</c>: the manual, from the commands themselves.</summary>
internal sealed class ManCommand : Command
{
    private readonly Argument<string[]> _command = new("command") { Arity = ArgumentArity.ZeroOrMore, Description = "One command, such as apply or ns create. Default: all." };
    private readonly Option<string> _format = new("--format") { HelpName = "roff|markdown", DefaultValueFactory = _ => "roff", Description = "roff for 'helio man | man -l -'; markdown is docs/reference/commands.md. Default: roff." };
    private readonly RootCommand _root;

    public ManCommand(Shell shell, RootCommand root) : base("man", "Print the manual.")
    {
        _root = root;
        _format.AcceptOnlyFromAmong("roff", "markdown");
        Add(_command);
        Add(_format);
        shell.Handle(this, (run, _) => Task.FromResult(Run(run)));
    }

    private ExitCode Run(Invocation run)
    {
        string[] words = run.Optional(_command) ?? [];
        var path = string.Join(' ', words.Prepend("helio"));
        var entries = ManualReader.Entries(_root).Where(entry => entry.Path == path || words.Length == 0 || entry.Path.StartsWith($"{path} ", StringComparison.Ordinal)).ToList();
        if (entries.Count == 0) throw new CommandException(ExitCode.NotFound, $"There is no command '{PrintableText.OneLine(path, 80)}'.", next: "helio --help");
        var global = ManualReader.GlobalOptions(_root);
        run.Output.Raw(run.Value(_format) == "markdown" ? ManualText.Markdown(entries, global)
            : ManualText.Roff(entries, global, path.Replace(' ', '-'), entries.Count == 1 ? entries[0].Summary : "distributes configuration to fleets: runs every role, and is the tool of authors and operators"));
        return ExitCode.Success;
    }
}
