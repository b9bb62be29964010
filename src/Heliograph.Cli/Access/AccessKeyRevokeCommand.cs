// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using Heliograph.Cli.Api;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Access;

/// <summary><c>helio access-keys revoke ID</c>: ends it at once at the origin, and below as soon as the change arrives.</summary>
internal sealed class AccessKeyRevokeCommand : Command
{
    private readonly Argument<string> _id = new("id") { Description = "The key's id ('helio access-keys list')." };

    public AccessKeyRevokeCommand(Shell shell) : base("revoke", "End an access key.")
    {
        Add(_id);
        shell.Handle(this, RunAsync);
    }

    private async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancellationToken)
    {
        using var api = run.Connect();
        await api.RevokeAccessKeyAsync(run.Value(_id), ApiClient.NewIdempotencyKey(), cancellationToken);
        run.Output.Result(new DeletedView(run.Value(_id)), ApiJson.Plain.DeletedView, it => run.Output.Line($"Access key {it.Deleted} was revoked."));
        return ExitCode.Success;
    }
}
