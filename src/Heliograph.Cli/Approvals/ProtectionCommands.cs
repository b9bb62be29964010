// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using Heliograph.Cli.Api;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Approvals;

/// <summary><c>helio protection …</c>: which namespaces need the approval of others.</summary>
internal sealed class ProtectionCommands : Command
{
    public ProtectionCommands(Shell shell) : base("protection", "Let changes to namespaces pass only with the approval of others.")
    {
        Add(new ProtectionSetCommand(shell));
        Add(new ProtectionLiftCommand(shell));
        Add(new ProtectionListCommand(shell));
    }

    /// <summary>What is protected.</summary>
    public static Argument<string> Scope() => new("scope") { Description = "A namespace, a prefix ending in .*, or * (quote it for the shell)." };
}

/// <summary><c>helio protection set SCOPE</c>.</summary>
internal sealed class ProtectionSetCommand : Command
{
    private readonly Argument<string> _scope = ProtectionCommands.Scope();
    private readonly Option<int> _approvals = new("--approvals") { HelpName = "COUNT", DefaultValueFactory = _ => 1, Description = "How many others must approve, 1 to 5. Default: 1." };
    private readonly Option<int> _hours = new("--expires-in-hours") { HelpName = "HOURS", DefaultValueFactory = _ => 72, Description = "How long a change request stays open, 1 to 720. Default: 72." };

    public ProtectionSetCommand(Shell shell) : base("set", "Protect namespaces; again, to change how.")
    {
        Add(_scope);
        Add(_approvals);
        Add(_hours);
        shell.Handle(this, RunAsync);
    }

    private async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancellationToken)
    {
        using var api = run.Connect();
        run.Output.Result(await api.ProtectAsync(run.Value(_scope)!, new(run.Value(_approvals), run.Value(_hours)), ApiClient.NewIdempotencyKey(), cancellationToken), ApiJson.Plain.ProtectionView,
            it => run.Output.Line($"{it.Scope} is protected: {it.Approvals} approval(s) of others, requests are open for {it.ExpiresInHours} hours."));
        return ExitCode.Success;
    }
}

/// <summary><c>helio protection lift SCOPE -m WHY</c>.</summary>
internal sealed class ProtectionLiftCommand : Command
{
    private readonly Argument<string> _scope = ProtectionCommands.Scope();
    private readonly Option<string> _reason = new("--message", "-m") { Required = true, HelpName = "TEXT", Description = "Why, up to 200 characters, for the history." };

    public ProtectionLiftCommand(Shell shell) : base("lift", "Lift a protection: changes pass without approval again.")
    {
        Add(_scope);
        Add(_reason);
        shell.Handle(this, RunAsync);
    }

    private async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancellationToken)
    {
        using var api = run.Connect();
        var scope = run.Value(_scope)!;
        await api.UnprotectAsync(scope, run.Value(_reason)!, ApiClient.NewIdempotencyKey(), cancellationToken);
        run.Output.Result(new DeletedView(scope), ApiJson.Plain.DeletedView, _ => run.Output.Line($"{scope} is not protected any more."));
        return ExitCode.Success;
    }
}

/// <summary><c>helio protection list</c>.</summary>
internal sealed class ProtectionListCommand : Command
{
    public ProtectionListCommand(Shell shell) : base("list", "List what is protected, by whom and how.") => shell.Handle(this, RunAsync);

    private static async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancellationToken)
    {
        using var api = run.Connect();
        run.Output.Result(await api.ListProtectionsAsync(cancellationToken), ApiJson.Plain.ProtectionPage, page =>
        {
            if (page.Items.Count == 0) run.Output.Line("Nothing is protected.");
            else run.Output.Table(["WHAT", "APPROVALS", "OPEN FOR (HOURS)", "BY", "SINCE (UTC)"], page.Items.Select(it => (IReadOnlyList<string>)[it.Scope, $"{it.Approvals}", $"{it.ExpiresInHours}", it.By, it.At is { } at ? $"{at.UtcDateTime:yyyy-MM-dd HH:mm:ss}" : ""]));
        });
        return ExitCode.Success;
    }
}
