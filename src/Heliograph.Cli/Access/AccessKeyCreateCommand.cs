// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Access;

/// <summary><c>helio access-keys create NS</c>: the secrets are shown once; no log holds them.</summary>
internal sealed class AccessKeyCreateCommand : Command
{
    private readonly Argument<NamespaceName> _namespace = Inputs.Namespace();
    private readonly Option<bool> _write = new("--write") { Description = "Let it change settings, too. Such a key works at the origin only." };
    private readonly AccessKeyPrinting _printing = new();

    public AccessKeyCreateCommand(Shell shell) : base("create", "Create an access key of a namespace and print it, once.")
    {
        Add(_namespace);
        Add(_write);
        _printing.AddTo(this);
        shell.Handle(this, RunAsync);
    }

    private async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancellationToken)
    {
        using var api = run.Connect();
        var created = await api.CreateAccessKeyAsync(run.Value(_namespace), run.Value(_write) ? "write" : "read", cancellationToken);
        _printing.Show(run, created);
        run.Output.Say($"Access key {created.Id} may {created.Access} '{created.Namespace}'. Its secrets are not shown again.");
        return ExitCode.Success;
    }
}
