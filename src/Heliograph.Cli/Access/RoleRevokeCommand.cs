// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using Heliograph.Cli.Authoring;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Access;

/// <summary><c>helio roles revoke NAME</c>.</summary>
internal sealed class RoleRevokeCommand : Command
{
    private readonly Argument<string> _name = new("name") { Description = "Name of the grant ('helio roles list')." };
    private readonly ChangeOptions _change = new();

    public RoleRevokeCommand(Shell shell) : base("revoke", "Take a granted role back.")
    {
        Add(_name);
        _change.AddTo(this, withExpectedRevision: false);
        shell.Handle(this, RunAsync);
    }

    private async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancellationToken)
    {
        var key = Inputs.SettingKey(RoleCommands.KeyPrefix + run.Value(_name), null);
        using var api = _change.Connect(run);
        var change = await api.DeleteSettingAsync(NamespaceName.Realm, key, _change.Message(run), new("If-Match", "*"), _change.IdempotencyKey(run), cancellationToken);
        return ChangeReport.Write(run.Output, await _change.WaitAsync(run, api, NamespaceName.Realm, change, cancellationToken));
    }
}
