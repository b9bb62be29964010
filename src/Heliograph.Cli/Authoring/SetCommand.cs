// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using Heliograph.Cli.Api;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Authoring;

/// <summary><c>helio set NS KEY VALUE</c>: creates or replaces one setting.</summary>
internal sealed class SetCommand : Command
{
    private readonly Argument<NamespaceName> _namespace = Inputs.Namespace();
    private readonly Argument<string> _key = Inputs.Key();
    private readonly Argument<string> _value = new("value") { Description = "The value; @FILE reads a file, - reads standard input." };
    private readonly Option<bool> _literal = new("--literal") { Description = "Take the value as it stands, even if it is - or begins with @." };
    private readonly Option<string?> _label = Inputs.Label();
    private readonly Option<string?> _contentType = new("--content-type") { HelpName = "TYPE", Description = "Such as application/json, which clients flatten into keys." };
    private readonly Option<IReadOnlyDictionary<string, string>?> _tags = new("--tag") { HelpName = "NAME=VALUE", CustomParser = Inputs.ParseTags, Arity = ArgumentArity.OneOrMore, AllowMultipleArgumentsPerToken = false, Description = "A tag; may be repeated." };
    private readonly ConditionOptions _only = new();
    private readonly ChangeOptions _change = new();

    public SetCommand(Shell shell) : base("set", "Create or replace a setting.")
    {
        Add(_namespace);
        Add(_key);
        Add(_value);
        Add(_literal);
        Add(_label);
        Add(_contentType);
        Add(_tags);
        _only.AddTo(this, withAbsent: true);
        _change.AddTo(this, withExpectedRevision: false, withRequest: true);
        shell.Handle(this, RunAsync);
    }

    private async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancellationToken)
    {
        var name = run.Value(_namespace);
        var key = Inputs.SettingKey(run.Value(_key), run.Value(_label));
        var value = run.Value(_literal) ? run.Value(_value) : await ValueSource.ReadAsync(run.Value(_value), run.Terminal, cancellationToken);
        var condition = _only.Header(run);
        using var api = _change.Connect(run);
        if (_change.IsRequest(run)) return await _change.RequestAsync(run, api, name, new([new("put", key.Key, key.Label, value, run.Value(_contentType), run.Value(_tags), If: _only.Condition(run))]), cancellationToken);
        var change = await api.PutSettingAsync(name, key, new(value, run.Value(_contentType), run.Value(_tags), _change.Message(run)), condition, _change.IdempotencyKey(run), cancellationToken);
        return ChangeReport.Write(run.Output, await _change.WaitAsync(run, api, name, change, cancellationToken));
    }
}
