// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Text.Json;
using Heliograph.Cli.Api;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Access;

/// <summary><c>helio trust show</c>: what the origin says; compare it with the file that you pin.</summary>
internal sealed class TrustShowCommand : Command
{
    public TrustShowCommand(Shell shell) : base("show", "Print the trust file as the origin has it. Pin it from a trusted place, not from here.") => shell.Handle(this, RunAsync);

    private static async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancellationToken)
    {
        using var api = run.Connect();
        var trust = await api.GetTrustAsync(cancellationToken);
        run.Output.Result(trust, ApiJson.Plain.JsonElement, it => run.Output.Line(JsonSerializer.Serialize(it, IndentedJson.Default.JsonElement)));
        return ExitCode.Success;
    }
}
