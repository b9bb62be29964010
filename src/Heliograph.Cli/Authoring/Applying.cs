// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using Heliograph.Cli.Api;
using Heliograph.Cli.Import;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Authoring;

/// <summary>Brings namespaces to what documents say: a plan, somebody's consent to it, then one atomic changeset a namespace, which is that plan or nothing.</summary>
internal sealed class Applying
{
    private const int PlansMax = 3; // a plan holds for one revision; if that moves, it is made again

    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Only show what it would change." };
    private readonly Option<bool> _prune = new("--prune") { Description = "Also delete settings that the document does not hold, among its labels and prefix." };
    private readonly Option<bool> _noCreate = new("--no-create") { Description = "Refuse if the namespace does not exist, instead of creating it." };
    private readonly Confirmation _confirmation = new();
    private readonly ChangeOptions _change = new();

    /// <summary>Why, where nobody says.</summary>
    public string? DefaultMessage { get; init; }

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_dryRun);
        command.Add(_prune);
        command.Add(_noCreate);
        _confirmation.AddTo(command);
        _change.AddTo(command, withExpectedRevision: true, withRequest: true);
    }

    /// <summary>Refuses, before anything is read or sent, where somebody must be asked and nobody can be.</summary>
    public void RequireSomebody(Invocation run, bool inputIsTaken)
    {
        if (!run.Value(_dryRun)) _confirmation.RequireSomebody(run, inputIsTaken);
    }

    /// <summary>Plans, asks, applies, and tells.</summary>
    /// <param name="run">The command.</param>
    /// <param name="targets">What each namespace is to hold.</param>
    /// <param name="prefix">Prefix of the keys that the documents speak for.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task<ExitCode> RunAsync(Invocation run, IReadOnlyList<ApplyTarget> targets, string prefix, CancellationToken cancellationToken)
    {
        if (targets.Count > 1 && (_change.GivenIdempotencyKey(run) ?? _change.ExpectedRevision(run)) is not null)
            throw new CommandException(ExitCode.Usage, "--idempotency-key and --expect-revision are for one namespace.");
        using var api = _change.Connect(run);
        var dryRun = run.Value(_dryRun);
        if (_change.IsRequest(run) && !dryRun) return await RequestAsync(run, api, targets, prefix, cancellationToken);
        var plans = dryRun || _confirmation.IsGiven(run) ? null : await ConfirmedAsync(run, api, targets, prefix, cancellationToken);
        var (created, changes) = (new List<string>(), new List<ChangeView>());
        var progress = new Progress(run.Terminal, "applying", targets.Count);
        try
        {
            for (var i = 0; i < targets.Count; i++)
            {
                changes.Add(plans is null ? await ApplyAsync(run, api, targets[i], prefix, dryRun, created, cancellationToken)
                    : await ApplyPlanAsync(run, api, plans[i], created, cancellationToken));
                progress.Report(i + 1, targets[i].Plan.Namespace.Value);
            }
        }
        catch (CommandException) when (changes.Count > 0 && !dryRun)
        {
            progress.Clear();
            run.Output.Say($"Applied before this error: {string.Join(", ", changes.Select(change => $"{change.Namespace} {change.Revision}"))}.");
            throw;
        }
        progress.Clear();
        if (!dryRun)
            for (var i = 0; i < changes.Count; i++) changes[i] = await _change.WaitAsync(run, api, targets[i].Plan.Namespace, changes[i], cancellationToken);
        run.Output.Result(new AppliedView(dryRun, created, changes), ApiJson.Plain.AppliedView, view =>
        {
            foreach (var name in view.Created) run.Output.Say($"{name} {(view.DryRun ? "would be" : "was")} created.");
            foreach (var change in view.Changes) ChangeReport.Describe(run.Output, change, view.DryRun);
        });
        return changes.Count == 0 ? ExitCode.Success : changes.Select(ChangeReport.ExitOf).Max();
    }

    // Only what differs is asked for: others approve differences, not documents.
    private async Task<ExitCode> RequestAsync(Invocation run, ApiClient api, IReadOnlyList<ApplyTarget> targets, string prefix, CancellationToken cancellationToken)
    {
        var plans = new List<AppliedPlan>();
        foreach (var target in targets) plans.Add(await PlanAsync(run, api, target, prefix, cancellationToken));
        if (plans.Find(plan => plan.IsNew) is { } missing) throw new CommandException(ExitCode.NotFound, $"The namespace {missing.Target.Plan.Namespace} does not exist, or you may not read it.", next: "Create it first ('helio ns create'): an empty one needs no approval.");
        var changing = plans.Where(plan => plan.Preview.Changed > 0).ToList();
        if (changing.Count > 0 && !_confirmation.IsGiven(run))
        {
            foreach (var plan in changing) ChangeReport.Describe(run.Output.ForTalk(), plan.Preview, dryRun: true);
            await _confirmation.AskAsync(run, "Ask for approval of this?", cancellationToken);
        }
        var requests = new List<ChangeRequestView>();
        foreach (var plan in changing)
        {
            var differing = plan.Preview.Diff!.Select(item => (item.Key, item.Label)).ToHashSet();
            var body = new ChangeRequestBody([.. plan.Operations.Where(operation => differing.Contains((operation.Key, operation.Label)))], Message: _change.Message(run), ExpectedRevision: _change.ExpectedRevision(run));
            requests.Add(await api.RequestChangeAsync(plan.Target.Plan.Namespace, body, _change.IdempotencyKey(run), cancellationToken));
        }
        run.Output.Result(new ChangeRequestPage(requests, null), ApiJson.Plain.ChangeRequestPage, page =>
        {
            if (page.Items.Count == 0) run.Output.Line("Nothing would change.");
            foreach (var request in page.Items) Approvals.RequestReport.Describe(run.Output, request);
        });
        return ExitCode.Success;
    }

    // What a person is shown, and nothing else, is what is done: the change names the revision that the plan was made for.
    private async Task<IReadOnlyList<AppliedPlan>> ConfirmedAsync(Invocation run, ApiClient api, IReadOnlyList<ApplyTarget> targets, string prefix, CancellationToken cancellationToken)
    {
        var plans = new List<AppliedPlan>();
        foreach (var target in targets) plans.Add(await PlanAsync(run, api, target, prefix, cancellationToken));
        if (plans.All(plan => plan.Preview.Changed == 0 && !plan.IsNew)) return plans;
        var talk = run.Output.ForTalk();
        foreach (var plan in plans)
        {
            if (plan.IsNew) talk.Line($"{plan.Target.Plan.Namespace} would be created.");
            ChangeReport.Describe(talk, plan.Preview, dryRun: true);
        }
        await _confirmation.AskAsync(run, plans.Count == 1 ? "Apply this?" : $"Apply this to {plans.Count} namespaces?", cancellationToken);
        return plans;
    }

    private async Task<AppliedPlan> PlanAsync(Invocation run, ApiClient api, ApplyTarget target, string prefix, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var standing = await api.FindNamespaceAsync(target.Plan.Namespace, cancellationToken);
            if (standing is null)
            {
                CheckCreation(run, target.Plan.Namespace);
                return new(target, target.Plan.Operations([]), null, AllAdded(target.Plan));
            }
            var (operations, expected) = await OperationsAsync(run, api, target, prefix, cancellationToken);
            if (operations.Count == 0) return new(target, operations, standing.Revision, Nothing(target, standing));
            expected ??= standing.Revision;
            try
            {
                return new(target, operations, expected, await api.ChangeAsync(target.Plan.Namespace, new(Message(run), expected, operations), dryRun: true, ApiClient.NewIdempotencyKey(), cancellationToken));
            }
            catch (CommandException failure) when (failure.Kind == "revision_conflict" && _change.ExpectedRevision(run) is null && attempt < PlansMax)
            {
                run.Output.Say($"{target.Plan.Namespace} has moved; planning again.");
            }
        }
    }

    private async Task<ChangeView> ApplyPlanAsync(Invocation run, ApiClient api, AppliedPlan plan, List<string> created, CancellationToken cancellationToken)
    {
        var name = plan.Target.Plan.Namespace;
        var expected = plan.ExpectedRevision;
        if (plan.IsNew)
        {
            expected = (await api.CreateNamespaceAsync(name, null, ApiClient.NewIdempotencyKey(), cancellationToken)).Revision;
            created.Add(name.Value);
        }
        if (plan.Operations.Count == 0 || (plan.Preview.Changed == 0 && !plan.IsNew)) return plan.Preview with { Revision = expected ?? plan.Preview.Revision, Changed = 0, Diff = [] };
        try
        {
            return await api.ChangeAsync(name, new(Message(run), expected, plan.Operations), dryRun: false, _change.IdempotencyKey(run), cancellationToken);
        }
        catch (CommandException failure) when (failure.Kind == "revision_conflict")
        {
            throw new CommandException(ExitCode.Refused, $"{name} has moved since the plan was shown, so the plan no longer says what would change. Nothing was written to it.", failure.Where, "Repeat the command: it shows a new plan.") { Kind = failure.Kind };
        }
    }

    private async Task<ChangeView> ApplyAsync(Invocation run, ApiClient api, ApplyTarget target, string prefix, bool dryRun, List<string> created, CancellationToken cancellationToken)
    {
        var plan = target.Plan;
        var standing = await api.FindNamespaceAsync(plan.Namespace, cancellationToken);
        if (standing is null)
        {
            CheckCreation(run, plan.Namespace);
            created.Add(plan.Namespace.Value);
            if (dryRun) return AllAdded(plan);
            standing = await api.CreateNamespaceAsync(plan.Namespace, null, ApiClient.NewIdempotencyKey(), cancellationToken);
        }
        for (var attempt = 1; ; attempt++)
        {
            var (operations, expected) = await OperationsAsync(run, api, target, prefix, cancellationToken);
            if (operations.Count == 0) return Nothing(target, standing);
            try
            {
                return await api.ChangeAsync(plan.Namespace, new(Message(run), expected, operations), dryRun, _change.IdempotencyKey(run), cancellationToken);
            }
            catch (CommandException failure) when (failure.Kind == "revision_conflict" && _change.ExpectedRevision(run) is null && attempt < PlansMax)
            {
                run.Output.Say($"{plan.Namespace} has moved; planning again.");
            }
        }
    }

    // Without --prune the operations say all; with it they depend on what stands, so they hold for that revision only.
    private async Task<(IReadOnlyList<OperationBody> Operations, string? ExpectedRevision)> OperationsAsync(Invocation run, ApiClient api, ApplyTarget target, string prefix, CancellationToken cancellationToken)
    {
        if (!run.Value(_prune)) return (target.Plan.Operations([]), _change.ExpectedRevision(run));
        var standing = await api.ListSettingsAsync(target.Plan.Namespace, null, null, null, cancellationToken);
        var operations = target.Plan.Operations(target.Plan.Removed(standing.Items, target.Labels, prefix));
        if (operations.Count > Limits.ChangesetOperationsMax)
            throw new CommandException(ExitCode.Usage, $"Puts and deletes of {target.Plan.Namespace} are {operations.Count} operations; a changeset has at most {Limits.ChangesetOperationsMax}.", next: "Apply without --prune, then delete by prefix in several steps.");
        return (operations, _change.ExpectedRevision(run) ?? standing.Revision);
    }

    private string? Message(Invocation run) => _change.Message(run) ?? DefaultMessage;

    private void CheckCreation(Invocation run, NamespaceName name)
    {
        if (run.Value(_noCreate)) throw new CommandException(ExitCode.NotFound, $"The namespace {name} does not exist, or you may not read it.", next: "Leave --no-create out, or 'helio ns create' it.");
    }

    private static ChangeView Nothing(ApplyTarget target, NamespaceView standing) => new(target.Plan.Namespace.Value, standing.Revision ?? "", standing.StateRoot, null, null, null, 0, false, []);

    private static ChangeView AllAdded(ImportPlan plan) => new(plan.Namespace.Value, "", null, null, null, null, plan.Settings.Count, false,
        [.. plan.Settings.OrderBy(setting => setting.Key).Select(setting => new DiffItem(setting.Key.Key, setting.Key.Label, "added", null,
            new(setting.Key.Key, setting.Key.Label, setting.Value, setting.ContentType, setting.Tags, setting.IsLocked, null)))]);

    /// <summary>What one namespace is about to get.</summary>
    /// <param name="Target">What it is to hold.</param>
    /// <param name="Operations">The changeset.</param>
    /// <param name="ExpectedRevision">The revision that the plan was made for; <see langword="null"/> if the namespace is new.</param>
    /// <param name="Preview">What the origin, or for a new namespace this program, says that it would do.</param>
    private sealed record AppliedPlan(ApplyTarget Target, IReadOnlyList<OperationBody> Operations, string? ExpectedRevision, ChangeView Preview)
    {
        public bool IsNew => ExpectedRevision is null;
    }
}
