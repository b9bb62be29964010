// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using Heliograph.Cli.Api;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Access;

/// <summary><c>helio access-keys list</c>: ids and what they open, never secrets.</summary>
internal sealed class AccessKeyListCommand : Command
{
    public AccessKeyListCommand(Shell shell) : base("list", "List access keys by id and namespace.") => shell.Handle(this, RunAsync);

    private static async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancellationToken)
    {
        using var api = run.Connect();
        var keys = await api.ListAccessKeysAsync(cancellationToken);
        run.Output.Result(keys, ApiJson.Plain.AccessKeyPage, page => run.Output.Table(["ID", "NAMESPACE", "ACCESS"], page.Items.Select(it => (IReadOnlyList<string>)[it.Id, it.Namespace, it.Access])));
        return ExitCode.Success;
    }
}
