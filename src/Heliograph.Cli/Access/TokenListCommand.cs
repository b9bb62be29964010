// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using Heliograph.Cli.Api;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Access;

/// <summary><c>helio tokens list</c>: ids and subjects, never tokens.</summary>
internal sealed class TokenListCommand : Command
{
    public TokenListCommand(Shell shell) : base("list", "List tokens by id and subject.") => shell.Handle(this, RunAsync);

    private static async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancellationToken)
    {
        using var api = run.Connect();
        var tokens = await api.ListTokensAsync(cancellationToken);
        run.Output.Result(tokens, ApiJson.Plain.TokenPage, page => run.Output.Table(["ID", "SUBJECT", "CREATED", "EXPIRES", "LAST USED HERE", "BOUND TO"], page.Items.Select(it => (IReadOnlyList<string>)
            [it.Id, it.Subject, $"{it.CreatedAt:u}", it.ExpiresAt is { } end ? $"{end:u}" : "never", it.LastUsedAt is { } used ? $"{used:u}" : "", Bounds(it)])));
        return ExitCode.Success;
    }

    private static string Bounds(TokenView it) => string.Join(' ', new[] { it.Role }.Concat(it.Namespaces ?? []).Concat(it.Networks ?? []).OfType<string>());
}
