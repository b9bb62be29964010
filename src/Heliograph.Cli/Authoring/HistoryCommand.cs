// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Globalization;
using Heliograph.Cli.Api;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Authoring;

/// <summary><c>helio history [NS] [KEY]</c>: who changed what, when and why, newest first; without a namespace, in all that the caller may read.</summary>
internal sealed class HistoryCommand : Command
{
    private const int PageMax = 1_000;

    private static readonly TimeSpan s_sinceMax = TimeSpan.FromDays(366);

    private readonly Argument<NamespaceName?> _namespace = Inputs.OptionalNamespace("The namespace. Default: all that you may read.");
    private readonly Argument<string?> _key = new("key") { Arity = ArgumentArity.ZeroOrOne, Description = "Only entries that touched this key." };
    private readonly Option<string?> _before = Inputs.AtRevision("--before", "Only older ones: the 'next' of the answer before.");
    private readonly Option<string?> _label = Inputs.Label("With a key: that label only. Default: any.");
    private readonly Option<int> _limit = new("--limit", "-n") { HelpName = "COUNT", DefaultValueFactory = _ => 20, Description = "How many entries, 1 to 1000. Default: 20; with --since 1000." };
    private readonly Option<TimeSpan?> _since = new("--since") { HelpName = "DURATION", CustomParser = result => Duration.Parse(result), Description = "Only what was committed so long ago or less, by the origin's clock: 30m, 1h, 7d; 1s to 366d." };
    private readonly Option<string?> _prefix = new("--prefix") { HelpName = "PREFIX", Description = "Without a namespace: only those that begin so." };

    public HistoryCommand(Shell shell) : base("history", "Show the changes of a namespace, or of the realm, newest first.")
    {
        Add(_namespace);
        Add(_key);
        Add(_label);
        Add(_before);
        Add(_limit);
        Add(_since);
        Add(_prefix);
        Validators.Add(result =>
        {
            if (result.ValueOrDefault(_limit) is < 1 or > PageMax) result.AddError($"--limit must be 1 to {PageMax}.");
            if (result.GetValue(_since) is { } since && (since < TimeSpan.FromSeconds(1) || since > s_sinceMax)) result.AddError("--since must be 1s to 366d.");
            if (result.GetValue(_prefix) is not null && result.GetValue(_namespace) is not null) result.AddError("--prefix is for the history of all namespaces.");
        });
        shell.Handle(this, RunAsync);
    }

    private async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancellationToken)
    {
        using var api = run.Connect();
        var (items, next, since) = (new List<HistoryItem>(), run.Value(_before), run.Value(_since));
        var limit = since is not null && !run.IsGiven(_limit) ? PageMax : run.Value(_limit);
        var ofAll = run.Optional(_namespace) is null;
        do
        {
            // For a key that hardly changes the origin may answer with few entries, or none, and go on where it stopped looking.
            var page = run.Optional(_namespace) is { } name
                ? await api.GetHistoryAsync(name, run.Optional(_key), run.Value(_label), next, limit - items.Count, since, cancellationToken)
                : await api.GetRealmHistoryAsync(run.Value(_prefix), next, limit - items.Count, since, cancellationToken);
            items.AddRange(page.Items);
            next = page.Next;
        }
        while (next is not null && items.Count < limit);
        run.Output.Result(new HistoryPage(items, next), ApiJson.Plain.HistoryPage, it =>
        {
            run.Output.Table(["REVISION", "WHEN (UTC)", .. ofAll ? ["NAMESPACE"] : Array.Empty<string>(), "WHO", "WHAT", "WHY"], it.Items.Select(item => (IReadOnlyList<string>)
                [item.Revision, When(item.CommittedAt), .. ofAll ? [item.Namespace ?? ""] : Array.Empty<string>(), item.Actor ?? "", What(item), PrintableText.OneLine(item.Message ?? "", 80)]));
            if (it.Next is not null) run.Output.Say($"There is more: --before {it.Next}");
        });
        return ExitCode.Success;
    }

    private static string When(DateTimeOffset? at) => at?.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) ?? "";

    private static string What(HistoryItem item)
    {
        if (item.Kind == "pin") return $"pin at {item.RolledBackTo}";
        if (item.Kind == "unpin") return item.RolledBackTo is null ? "unpin" : $"unpin, back to {item.RolledBackTo}";
        if (item.RolledBackTo is not null) return $"rollback to {item.RolledBackTo}";
        if (item.Operations is not { Count: > 0 } operations) return item.Kind ?? "";
        var first = $"{operations[0].Op} {operations[0].Key}{(operations[0].Label is { } label ? $"@{label}" : "")}";
        return operations.Count == 1 ? first : $"{first} and {operations.Count - 1} more";
    }
}
