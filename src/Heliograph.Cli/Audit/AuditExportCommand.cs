// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Heliograph.Cli.Api;
using Heliograph.Cli.Terminal;
using Heliograph.Core.Audit;

namespace Heliograph.Cli.Audit;

/// <summary><c>helio audit export</c>: a chain as it is, which <c>helio audit verify</c> reads, or in a form for other systems.</summary>
internal sealed class AuditExportCommand : Command
{
    private const int PageMax = 1_000;

    private readonly Option<bool> _accepted = AuditCommands.Accepted(), _denied = AuditCommands.Denied();
    private readonly Option<string> _format = new("--format") { HelpName = "chain|jsonl|cef", DefaultValueFactory = _ => "chain", Description = "chain is what 'helio audit verify' reads; jsonl is one JSON object a line; cef is ArcSight's Common Event Format. Default: chain." };
    private readonly Option<int> _after = new("--after") { HelpName = "NUMBER", DefaultValueFactory = _ => 0, Description = "Only records after this number: the last that was exported before. With --format chain: 0." };
    private readonly Option<string?> _file = new("--file", "-f") { HelpName = "PATH", Description = "Where to write it, readable by you only. Default: standard output." };

    public AuditExportCommand(Shell shell) : base("export", "Write a chain of the audit log for verification, or for a SIEM.")
    {
        _format.AcceptOnlyFromAmong("chain", "jsonl", "cef");
        Add(_accepted);
        Add(_denied);
        AuditCommands.OneChain(this, _accepted, _denied);
        Add(_format);
        Add(_after);
        Add(_file);
        Validators.Add(result =>
        {
            var after = result.ValueOrDefault(_after);
            if (after < 0) result.AddError("--after must be 0 or more.");
            if (after > 0 && result.ValueOrDefault(_format) == "chain") result.AddError("--after needs --format jsonl or cef: a chain is verified from its beginning.");
        });
        shell.Handle(this, RunAsync);
    }

    private async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancellationToken)
    {
        var (chain, format) = (AuditCommands.Chain(run.Value(_accepted), run.Value(_denied)), run.Value(_format));
        using var api = run.Connect();
        var text = run.Value(_file) is null ? null : new StringBuilder();
        long after = run.Value(_after), records = 0;
        AuditPage page;
        do
        {
            page = await api.GetAuditAsync(chain, after, PageMax, cancellationToken);
            foreach (var item in page.Items)
            {
                using var json = JsonDocument.Parse(item.Record);
                var record = new AuditRecordView(json.RootElement);
                if (record.Event != "begin") records++;
                else if (format != "chain") continue;
                var line = format == "chain" ? $"{item.Hash} {item.Record}\n" : format == "jsonl" ? $"{item.Record[..^1]},\"hash\":\"{item.Hash}\"}}\n" : CommonEvent.Line(record, item.Hash) + "\n";
                if (text is null) run.Output.Raw(line);
                else text.Append(line);
            }
            if (page.Next is { } next) after = long.Parse(next, CultureInfo.InvariantCulture);
        }
        while (page.Next is not null);
        if (text is not null) PrivateFile.Write(run.Value(_file)!, Encoding.UTF8.GetBytes(text.ToString()));
        run.Output.Say($"{records} record(s) of '{chain}'. Anchor: {page.Last}:{page.LastHash}");
        return ExitCode.Success;
    }
}
