// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using Heliograph.Cli.Api;
using Heliograph.Cli.Import;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Authoring;

/// <summary><c>helio apply -f FILE</c>: makes a namespace hold what a document says, in one atomic changeset.</summary>
internal sealed class ApplyCommand : Command
{
    private const int PlansMax = 3; // a pruning plan is made for one revision; if that moves, it is made again

    private readonly ApplySource _source = new();
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Only show what it would change." };
    private readonly Option<bool> _prune = new("--prune") { Description = "Also delete settings that the document does not hold, among its labels and prefix." };
    private readonly Option<bool> _noCreate = new("--no-create") { Description = "Refuse if the namespace does not exist, instead of creating it." };
    private readonly ChangeOptions _change = new();

    public ApplyCommand(Shell shell) : base("apply", "Apply a document of settings: one atomic changeset a namespace.")
    {
        _source.AddTo(this);
        Add(_dryRun);
        Add(_prune);
        Add(_noCreate);
        _change.AddTo(this, withExpectedRevision: true);
        shell.Handle(this, RunAsync);
    }

    private async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancellationToken)
    {
        var targets = await _source.ReadAsync(run, cancellationToken);
        if (targets.Count > 1 && (_change.GivenIdempotencyKey(run) ?? _change.ExpectedRevision(run)) is not null)
            throw new CommandException(ExitCode.Usage, "--idempotency-key and --expect-revision are for one namespace.");
        using var api = run.Connect();
        var (created, changes) = (new List<string>(), new List<ChangeView>());
        try
        {
            foreach (var target in targets) changes.Add(await ApplyAsync(run, api, target, created, cancellationToken));
        }
        catch (CommandException) when (changes.Count > 0 && !run.Value(_dryRun))
        {
            run.Output.Say($"Applied before this error: {string.Join(", ", changes.Select(change => $"{change.Namespace} {change.Revision}"))}.");
            throw;
        }
        if (!run.Value(_dryRun))
            for (var i = 0; i < changes.Count; i++) changes[i] = await _change.WaitAsync(run, api, targets[i].Plan.Namespace, changes[i], cancellationToken);

        run.Output.Result(new AppliedView(run.Value(_dryRun), created, changes), ApiJson.Plain.AppliedView, view =>
        {
            foreach (var name in view.Created) run.Output.Say($"{name} {(view.DryRun ? "would be" : "was")} created.");
            foreach (var change in view.Changes) ChangeReport.Describe(run.Output, change, view.DryRun);
        });
        return changes.Select(ChangeReport.ExitOf).Max();
    }

    private async Task<ChangeView> ApplyAsync(Invocation run, ApiClient api, ApplyTarget target, List<string> created, CancellationToken cancellationToken)
    {
        var (plan, dryRun) = (target.Plan, run.Value(_dryRun));
        var standing = await api.FindNamespaceAsync(plan.Namespace, cancellationToken);
        if (standing is null)
        {
            if (run.Value(_noCreate)) throw new CommandException(ExitCode.NotFound, $"The namespace {plan.Namespace} does not exist, or you may not read it.", next: "Leave --no-create out, or 'helio ns create' it.");
            created.Add(plan.Namespace.Value);
            if (dryRun) return AllAdded(plan);
            standing = await api.CreateNamespaceAsync(plan.Namespace, null, ApiClient.NewIdempotencyKey(), cancellationToken);
        }
        for (var attempt = 1; ; attempt++)
        {
            var (operations, expected) = await PlanAsync(run, api, target, cancellationToken);
            if (operations.Count == 0) return new(plan.Namespace.Value, standing.Revision ?? "", standing.StateRoot, null, null, null, 0, false, []);
            var key = _change.GivenIdempotencyKey(run) ?? ApiClient.NewIdempotencyKey();
            try
            {
                return await api.ChangeAsync(plan.Namespace, new(_change.Message(run), expected, operations), dryRun, key, cancellationToken);
            }
            catch (CommandException failure) when (failure.Kind == "revision_conflict" && _change.ExpectedRevision(run) is null && attempt < PlansMax)
            {
                run.Output.Say($"{plan.Namespace} has moved; planning again.");
            }
        }
    }

    // Without --prune the operations say all; with it they depend on what stands, so they hold for that revision only.
    private async Task<(IReadOnlyList<OperationBody> Operations, string? ExpectedRevision)> PlanAsync(Invocation run, ApiClient api, ApplyTarget target, CancellationToken cancellationToken)
    {
        if (!run.Value(_prune)) return (target.Plan.Operations([]), _change.ExpectedRevision(run));
        var standing = await api.ListSettingsAsync(target.Plan.Namespace, null, null, null, cancellationToken);
        var operations = target.Plan.Operations(target.Plan.Removed(standing.Items, target.Labels, _source.Prefix(run)));
        if (operations.Count > Limits.ChangesetOperationsMax)
            throw new CommandException(ExitCode.Usage, $"Puts and deletes of {target.Plan.Namespace} are {operations.Count} operations; a changeset has at most {Limits.ChangesetOperationsMax}.", next: "Apply without --prune, then delete by prefix in several steps.");
        return (operations, _change.ExpectedRevision(run) ?? standing.Revision);
    }

    private static ChangeView AllAdded(ImportPlan plan) => new(plan.Namespace.Value, "", null, null, null, null, plan.Settings.Count, false,
        [.. plan.Settings.OrderBy(setting => setting.Key).Select(setting => new DiffItem(setting.Key.Key, setting.Key.Label, "added", null,
            new(setting.Key.Key, setting.Key.Label, setting.Value, setting.ContentType, setting.Tags, setting.IsLocked, null)))]);
}
