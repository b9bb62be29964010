// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Text.Json;
using Heliograph.Cli.Api;
using Heliograph.Cli.Terminal;
using Heliograph.Core.Audit;

namespace Heliograph.Cli.Audit;

/// <summary><c>helio audit list</c>: the newest records, the newest last.</summary>
internal sealed class AuditListCommand : Command
{
    private const int CountMax = 1_000;

    private readonly Option<bool> _accepted = AuditCommands.Accepted(), _denied = AuditCommands.Denied();
    private readonly Option<int> _limit = new("--limit", "-n") { HelpName = "COUNT", DefaultValueFactory = _ => 20, Description = "How many records, 1 to 1000. Default: 20." };

    public AuditListCommand(Shell shell) : base("list", "Show the newest records of the audit log.")
    {
        Add(_accepted);
        Add(_denied);
        AuditCommands.OneChain(this, _accepted, _denied);
        Add(_limit);
        Validators.Add(result =>
        {
            if (result.ValueOrDefault(_limit) is < 1 or > CountMax) result.AddError($"--limit must be 1 to {CountMax}.");
        });
        shell.Handle(this, RunAsync);
    }

    private async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancellationToken)
    {
        var chain = AuditCommands.Chain(run.Value(_accepted), run.Value(_denied));
        using var api = run.Connect();
        var newest = await api.GetAuditAsync(chain, int.MaxValue, 1, cancellationToken);
        var page = await api.GetAuditAsync(chain, Math.Max(0, newest.Last - run.Value(_limit)), run.Value(_limit), cancellationToken);
        run.Output.Result(page, ApiJson.Plain.AuditPage, it => run.Output.Table(["N", "WHEN (UTC)", "WHO", "WHAT", "WHERE"], it.Items.Select(Row).OfType<IReadOnlyList<string>>()));
        return ExitCode.Success;
    }

    /// <summary>A record for people; <see langword="null"/> for the line that begins a file.</summary>
    private static IReadOnlyList<string>? Row(AuditItem item)
    {
        using var json = JsonDocument.Parse(item.Record);
        var record = new AuditRecordView(json.RootElement);
        return record.Event == "begin" ? null : [record.Text("n"), record.Text("at"), record.Actor, record.What, record.Text("namespace")];
    }
}
