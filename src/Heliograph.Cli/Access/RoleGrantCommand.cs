// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Text.Json;
using Heliograph.Cli.Api;
using Heliograph.Cli.Authoring;
using Heliograph.Cli.Import;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Access;

/// <summary><c>helio roles grant SUBJECT ROLE NAMESPACES</c>: one role for a subject and these namespaces; granting again replaces it.</summary>
internal sealed class RoleGrantCommand : Command
{
    private readonly Argument<string> _subject = new("subject") { Description = "A token's subject or a SPIFFE id; may end in *." };
    private readonly Argument<string> _role = new("role") { Description = "reader, author, operator, admin or approver (reads, and approves what others ask to change); or none, to shut the subject out of everything." };
    private readonly Argument<string> _namespaces = new("namespaces") { Description = "A namespace, a prefix ending in .*, or * (quote it for the shell)." };
    private readonly Option<string?> _name = new("--name") { HelpName = "NAME", Description = "Name of the grant. Default: SUBJECT@NAMESPACES." };
    private readonly ChangeOptions _change = new();

    public RoleGrantCommand(Shell shell) : base("grant", "Grant a role.")
    {
        _role.AcceptOnlyFromAmong("reader", "author", "operator", "admin", "approver", "none");
        Add(_subject);
        Add(_role);
        Add(_namespaces);
        Add(_name);
        _change.AddTo(this, withExpectedRevision: false);
        shell.Handle(this, RunAsync);
    }

    private async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancellationToken)
    {
        var grant = new RoleGrant(run.Value(_subject), run.Value(_role), run.Value(_namespaces));
        var key = Inputs.SettingKey(RoleCommands.KeyPrefix + (run.Value(_name) ?? $"{grant.Subject}@{grant.Namespaces}"), null);
        var value = JsonSerializer.Serialize(grant, ApiJson.Plain.RoleGrant);
        using var api = _change.Connect(run);
        var change = await api.PutSettingAsync(NamespaceName.Realm, key, new(value, JsonSettings.JsonContentType, null, _change.Message(run)), null, _change.IdempotencyKey(run), cancellationToken);
        return ChangeReport.Write(run.Output, await _change.WaitAsync(run, api, NamespaceName.Realm, change, cancellationToken));
    }
}
