// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Text.Json;
using Heliograph.Cli.Api;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Access;

/// <summary><c>helio roles list</c>.</summary>
internal sealed class RoleListCommand : Command
{
    public RoleListCommand(Shell shell) : base("list", "List granted roles.") => shell.Handle(this, RunAsync);

    private static async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancellationToken)
    {
        using var api = run.Connect();
        var settings = await api.ListSettingsAsync(NamespaceName.Realm, RoleCommands.KeyPrefix, null, null, cancellationToken);
        var roles = new RoleList([.. settings.Items.Select(Named)]);
        run.Output.Result(roles, ApiJson.Plain.RoleList, list => run.Output.Table(["NAME", "SUBJECT", "ROLE", "NAMESPACES"], list.Items.Select(it => (IReadOnlyList<string>)
            [it.Name, it.Subject ?? "not understood", it.Role ?? "", it.Namespaces ?? ""])));
        return ExitCode.Success;
    }

    private static NamedRole Named(SettingView setting)
    {
        var name = setting.Key[RoleCommands.KeyPrefix.Length..];
        try
        {
            var grant = JsonSerializer.Deserialize(setting.Value, ApiJson.Default.RoleGrant);
            return new(name, grant?.Subject, grant?.Role, grant?.Namespaces);
        }
        catch (JsonException)
        {
            return new(name, null, null, null); // listed all the same: the origin ignores it, and someone should know
        }
    }
}
