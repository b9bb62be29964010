// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Text;
using Heliograph.Cli.Api;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Access;

/// <summary><c>helio access-keys create NS</c>: the secrets are shown once; no log holds them.</summary>
internal sealed class AccessKeyCreateCommand : Command
{
    private readonly Argument<NamespaceName> _namespace = Inputs.Namespace();
    private readonly Option<bool> _write = new("--write") { Description = "Let it change settings, too. Such a key works at the origin only." };
    private readonly Option<Uri?> _endpoint = Tiers.TierOptions.Web("--endpoint", "Print a connection string for this address, such as https://config.example.com.");
    private readonly Option<string?> _file = new("--file", "-f") { HelpName = "PATH", Description = "Write it to this file, readable by you only, instead of printing it." };

    public AccessKeyCreateCommand(Shell shell) : base("create", "Create an access key of a namespace and print it, once.")
    {
        Add(_namespace);
        Add(_write);
        Add(_endpoint);
        Add(_file);
        shell.Handle(this, RunAsync);
    }

    private async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancellationToken)
    {
        using var api = run.Connect();
        var created = await api.CreateAccessKeyAsync(run.Value(_namespace), run.Value(_write) ? "write" : "read", cancellationToken);
        var text = run.Value(_endpoint) is { } endpoint
            ? $"Endpoint={endpoint.GetLeftPart(UriPartial.Authority)};Id={created.Id};Secret={created.Secret}"
            : $"Id={created.Id};Secret={created.Secret}";
        if (run.Value(_file) is { } path)
        {
            PrivateFile.Write(path, Encoding.UTF8.GetBytes(text + "\n"));
            run.Output.Result(new AccessKeyView(created.Id, created.Namespace, created.Access), ApiJson.Plain.AccessKeyView, it => run.Output.Line(it.Id));
        }
        else
        {
            run.Output.Result(created with { ConnectionString = text }, ApiJson.Plain.CreatedAccessKey, it => run.Output.Line(text));
        }
        run.Output.Say($"Access key {created.Id} may {created.Access} '{created.Namespace}'. Its secrets are not shown again.");
        return ExitCode.Success;
    }
}
