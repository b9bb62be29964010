// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Globalization;
using Heliograph.Cli.Api;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Authoring;

/// <summary><c>helio history NS [KEY]</c>: who changed what, when and why, newest first.</summary>
internal sealed class HistoryCommand : Command
{
    private const int PageMax = 1_000;

    private readonly Argument<NamespaceName> _namespace = Inputs.Namespace();
    private readonly Argument<string?> _key = new("key") { Arity = ArgumentArity.ZeroOrOne, Description = "Only entries that touched this key." };
    private readonly Option<string?> _before = Inputs.AtRevision("--before", "Only older ones: the 'next' of the answer before.");
    private readonly Option<string?> _label = Inputs.Label("With a key: that label only. Default: any.");
    private readonly Option<int> _limit = new("--limit", "-n") { HelpName = "COUNT", DefaultValueFactory = _ => 20, Description = "How many entries, 1 to 1000. Default: 20." };

    public HistoryCommand(Shell shell) : base("history", "Show the changes of a namespace, newest first.")
    {
        Add(_namespace);
        Add(_key);
        Add(_label);
        Add(_before);
        Add(_limit);
        Validators.Add(result =>
        {
            if (result.ValueOrDefault(_limit) is < 1 or > PageMax) result.AddError($"--limit must be 1 to {PageMax}.");
        });
        shell.Handle(this, RunAsync);
    }

    private async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancellationToken)
    {
        using var api = run.Connect();
        var (items, next) = (new List<HistoryItem>(), run.Value(_before));
        do
        {
            // For a key that hardly changes the origin may answer with few entries, or none, and go on where it stopped looking.
            var page = await api.GetHistoryAsync(run.Value(_namespace), run.Optional(_key), run.Value(_label), next, run.Value(_limit) - items.Count, cancellationToken);
            items.AddRange(page.Items);
            next = page.Next;
        }
        while (next is not null && items.Count < run.Value(_limit));
        run.Output.Result(new HistoryPage(items, next), ApiJson.Plain.HistoryPage, it =>
        {
            run.Output.Table(["REVISION", "WHEN (UTC)", "WHO", "WHAT", "WHY"], it.Items.Select(item => (IReadOnlyList<string>)
                [item.Revision, When(item.CommittedAt), item.Actor ?? "", What(item), PrintableText.OneLine(item.Message ?? "", 80)]));
            if (it.Next is not null) run.Output.Say($"There is more: --before {it.Next}");
        });
        return ExitCode.Success;
    }

    private static string When(DateTimeOffset? at) => at?.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) ?? "";

    private static string What(HistoryItem item)
    {
        if (item.RolledBackTo is not null) return $"rollback to {item.RolledBackTo}";
        if (item.Operations is not { Count: > 0 } operations) return item.Kind ?? "";
        var first = $"{operations[0].Op} {operations[0].Key}{(operations[0].Label is { } label ? $"@{label}" : "")}";
        return operations.Count == 1 ? first : $"{first} and {operations.Count - 1} more";
    }
}
