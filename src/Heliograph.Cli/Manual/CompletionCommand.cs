// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Manual;

/// <summary><c>helio completion bash|zsh|fish|pwsh</c>: a script that lets a shell complete commands, options and their values. The shell asks the program itself, so the script never grows old.</summary>
internal sealed class CompletionCommand : Command
{
    private const string Bash = """
        # helio completion for bash. In ~/.bashrc: source <(helio completion bash)
        _helio() {
          local IFS=$'\n' line="${COMP_LINE:0:COMP_POINT}"
          COMPREPLY=($(compgen -W "$(helio "[suggest:${#line}]" "$line" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
        }
        complete -o default -F _helio helio

        """;

    private const string Zsh = """
        #compdef helio
        # helio completion for zsh. In ~/.zshrc, after compinit: source <(helio completion zsh)
        _helio() {
          local -a found
          found=("${(@f)$(helio "[suggest:${#BUFFER}]" "$BUFFER" 2>/dev/null)}")
          if (( ${#found} )) && [[ -n "${found[1]}" ]]; then compadd -- "${found[@]}"; else _files; fi
        }
        compdef _helio helio

        """;

    private const string Fish = """
        # helio completion for fish. In ~/.config/fish/completions/helio.fish: helio completion fish | source
        function __helio_complete
            set -l line (commandline -cp)
            helio "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null
        end
        complete -c helio -a '(__helio_complete)'

        """;

    private const string PowerShell = """
        # helio completion for PowerShell. In $PROFILE: helio completion pwsh | Out-String | Invoke-Expression
        Register-ArgumentCompleter -Native -CommandName helio -ScriptBlock {
          param($wordToComplete, $commandAst, $cursorPosition)
          $line = "$commandAst".PadRight($cursorPosition).Substring(0, $cursorPosition)
          helio "[suggest:$cursorPosition]" "$line" 2>$null | Where-Object { $_ -like "$wordToComplete*" } |
            ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }
        }

        """;

    private readonly Argument<string> _shell = new("shell") { Description = "bash, zsh, fish or pwsh." };

    public CompletionCommand(Shell shell) : base("completion", "Print a script by which a shell completes commands and options.")
    {
        _shell.AcceptOnlyFromAmong("bash", "zsh", "fish", "pwsh");
        Add(_shell);
        shell.Handle(this, (run, _) =>
        {
            run.Output.Raw(run.Value(_shell) switch { "bash" => Bash, "zsh" => Zsh, "fish" => Fish, _ => PowerShell });
            return Task.FromResult(ExitCode.Success);
        });
    }
}
