// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using Heliograph.Cli.Api;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Authoring;

/// <summary><c>helio get NS KEY</c>: prints a value, and nothing but the value.</summary>
internal sealed class GetCommand : Command
{
    private readonly Argument<NamespaceName> _namespace = Inputs.Namespace();
    private readonly Argument<string> _key = Inputs.Key();
    private readonly Option<string?> _label = Inputs.Label();
    private readonly Option<string?> _at = Inputs.AtRevision("--at", "As it stood at this revision.");

    public GetCommand(Shell shell) : base("get", "Print a setting's value; with -o json, all of the setting.")
    {
        Add(_namespace);
        Add(_key);
        Add(_label);
        Add(_at);
        shell.Handle(this, RunAsync);
    }

    private async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancellationToken)
    {
        var key = Inputs.SettingKey(run.Value(_key), run.Value(_label));
        using var api = run.Connect();
        var setting = await api.GetSettingAsync(run.Value(_namespace), key, run.Value(_at), cancellationToken);
        run.Output.Result(setting, ApiJson.Plain.SettingView, it => run.Output.Line(it.Value));
        return ExitCode.Success;
    }
}
