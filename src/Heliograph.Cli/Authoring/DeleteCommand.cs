// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Authoring;

/// <summary><c>helio delete NS KEY</c>: removes one setting.</summary>
internal sealed class DeleteCommand : Command
{
    private readonly Argument<NamespaceName> _namespace = Inputs.Namespace();
    private readonly Argument<string> _key = Inputs.Key();
    private readonly Option<string?> _label = Inputs.Label();
    private readonly ConditionOptions _only = new();
    private readonly ChangeOptions _change = new();

    public DeleteCommand(Shell shell) : base("delete", "Delete a setting. Deleting what is not there changes nothing.")
    {
        Add(_namespace);
        Add(_key);
        Add(_label);
        _only.AddTo(this, withAbsent: false);
        _change.AddTo(this, withExpectedRevision: false, withRequest: true);
        shell.Handle(this, RunAsync);
    }

    private async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancellationToken)
    {
        var name = run.Value(_namespace);
        var key = Inputs.SettingKey(run.Value(_key), run.Value(_label));
        var condition = _only.Header(run);
        using var api = _change.Connect(run);
        if (_change.IsRequest(run)) return await _change.RequestAsync(run, api, name, new([new("delete", key.Key, key.Label, If: _only.Condition(run))]), cancellationToken);
        var change = await api.DeleteSettingAsync(name, key, _change.Message(run), condition, _change.IdempotencyKey(run), cancellationToken);
        return ChangeReport.Write(run.Output, await _change.WaitAsync(run, api, name, change, cancellationToken));
    }
}
