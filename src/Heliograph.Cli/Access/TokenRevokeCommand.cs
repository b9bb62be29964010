// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using Heliograph.Cli.Api;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Access;

/// <summary><c>helio tokens revoke ID</c>.</summary>
internal sealed class TokenRevokeCommand : Command
{
    private readonly Argument<string> _id = new("id") { Description = "The token's id ('helio tokens list')." };

    public TokenRevokeCommand(Shell shell) : base("revoke", "End a token at once.")
    {
        Add(_id);
        shell.Handle(this, RunAsync);
    }

    private async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancellationToken)
    {
        using var api = run.Connect();
        await api.RevokeTokenAsync(run.Value(_id), ApiClient.NewIdempotencyKey(), cancellationToken);
        run.Output.Result(new DeletedView(run.Value(_id)), ApiJson.Plain.DeletedView, it => run.Output.Line($"Token {it.Deleted} was revoked."));
        return ExitCode.Success;
    }
}
