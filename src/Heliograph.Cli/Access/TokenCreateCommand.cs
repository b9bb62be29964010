// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Text;
using Heliograph.Cli.Api;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Access;

/// <summary><c>helio tokens create SUBJECT</c>: the token is shown once; the origin keeps its digest only.</summary>
internal sealed class TokenCreateCommand : Command
{
    private readonly Argument<string> _subject = new("subject") { Description = "Who it stands for, such as ci-payments; roles are granted to this name." };
    private readonly Option<int?> _days = new("--expires-in-days") { HelpName = "DAYS", Description = "When it ends by itself. Default: the origin's." };
    private readonly Option<string?> _role = new("--role-max") { HelpName = "ROLE", Description = "The highest role that it gives, whatever its subject has. Default: all of the subject's." };
    private readonly Option<string[]> _namespaces = new("--only") { HelpName = "NAMESPACES", DefaultValueFactory = _ => [], Description = "It opens these alone: a name, a prefix ending in .*, or *; may be repeated. Default: all that its subject may." };
    private readonly Option<string[]> _networks = new("--from") { HelpName = "NETWORK", DefaultValueFactory = _ => [], Description = "It is taken from this network alone, such as 10.0.0.0/8; may be repeated. Default: from anywhere." };
    private readonly Option<string?> _file = new("--file", "-f") { HelpName = "PATH", Description = "Write the token to this file, readable by you only, instead of printing it." };

    public TokenCreateCommand(Shell shell) : base("create", "Create a token and print it, once.")
    {
        Add(_subject);
        Add(_days);
        _role.AcceptOnlyFromAmong("reader", "author", "operator", "admin");
        Add(_role);
        Add(_namespaces);
        Add(_networks);
        Add(_file);
        Validators.Add(result =>
        {
            if (result.GetValue(_days) is < 1) result.AddError("--expires-in-days must be 1 or more.");
        });
        shell.Handle(this, RunAsync);
    }

    private async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancellationToken)
    {
        using var api = run.Connect();
        var created = await api.CreateTokenAsync(new(run.Value(_subject), run.Value(_days), run.Value(_role), Given(run.Value(_namespaces)), Given(run.Value(_networks))), cancellationToken);
        if (run.Value(_file) is { } path)
        {
            PrivateFile.Write(path, Encoding.UTF8.GetBytes(created.Token + "\n"));
            run.Output.Result(new TokenView(created.Id, created.Subject, null, created.ExpiresAt), ApiJson.Plain.TokenView, it => run.Output.Line(it.Id));
        }
        else
        {
            run.Output.Result(created, ApiJson.Plain.CreatedToken, it => run.Output.Line(it.Token));
        }
        run.Output.Say($"Token {created.Id} for {created.Subject}{(created.ExpiresAt is { } end ? $", until {end:u}" : "")}. It is not shown again. It may do nothing until a role is granted: 'helio roles grant'.");
        return ExitCode.Success;
    }

    private static string[]? Given(string[]? texts) => texts is { Length: > 0 } ? texts : null;
}
