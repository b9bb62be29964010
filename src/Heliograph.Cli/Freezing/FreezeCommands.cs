// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using Heliograph.Cli.Api;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Freezing;

/// <summary><c>helio freeze …</c>: changes stopped with a reason, by the origin itself.</summary>
internal sealed class FreezeCommands : Command
{
    public FreezeCommands(Shell shell) : base("freeze", "Stop changes to a namespace or to the realm, and see what is stopped.")
    {
        Add(new FreezeSetCommand(shell, ofRealm: false));
        Add(new FreezeSetCommand(shell, ofRealm: true));
        Add(new FreezeListCommand(shell));
    }
}

/// <summary><c>helio freeze ns NS -m WHY</c> and <c>helio freeze realm -m WHY</c>.</summary>
internal sealed class FreezeSetCommand : Command
{
    private readonly Argument<NamespaceName> _namespace = Inputs.Namespace();
    private readonly Option<string> _reason = new("--message", "-m") { Required = true, HelpName = "TEXT", Description = "Why, up to 200 characters: whoever is refused is told." };
    private readonly bool _ofRealm;

    public FreezeSetCommand(Shell shell, bool ofRealm) : base(ofRealm ? "realm" : "ns", ofRealm ? "Refuse changes to every namespace but the reserved ones." : "Refuse changes to one namespace; it is read and served as before.")
    {
        _ofRealm = ofRealm;
        if (!ofRealm) Add(_namespace);
        Add(_reason);
        shell.Handle(this, RunAsync);
    }

    private async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancellationToken)
    {
        using var api = run.Connect();
        var freeze = await api.FreezeAsync(_ofRealm ? null : run.Value(_namespace), run.Value(_reason)!, ApiClient.NewIdempotencyKey(), cancellationToken);
        run.Output.Result(freeze, ApiJson.Plain.FreezeView, it => run.Output.Line($"{FreezeListCommand.Scope(it)} is frozen by {it.By}: {it.Reason}"));
        return ExitCode.Success;
    }
}

/// <summary><c>helio freeze list</c>.</summary>
internal sealed class FreezeListCommand : Command
{
    public FreezeListCommand(Shell shell) : base("list", "List what is frozen, by whom, since when and why.") => shell.Handle(this, RunAsync);

    /// <summary>What is frozen, for people.</summary>
    public static string Scope(FreezeView freeze) => freeze.Scope == "*" ? "the realm" : freeze.Scope;

    /// <summary>A freeze on one line.</summary>
    public static string Shown(FreezeView freeze) => PrintableText.OneLine(
        $"by {freeze.By}{(freeze.At is { } at ? $" since {at.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC" : "")}: {freeze.Reason}", 400);

    private static async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancellationToken)
    {
        using var api = run.Connect();
        run.Output.Result(await api.ListFreezesAsync(cancellationToken), ApiJson.Plain.FreezePage, page =>
        {
            if (page.Items.Count == 0) run.Output.Line("Nothing is frozen.");
            else run.Output.Table(["WHAT", "WHO", "SINCE (UTC)", "WHY"], page.Items.Select(it => (IReadOnlyList<string>)[Scope(it), it.By, it.At is { } at ? $"{at.UtcDateTime:yyyy-MM-dd HH:mm:ss}" : "", it.Reason]));
        });
        return ExitCode.Success;
    }
}

/// <summary><c>helio unfreeze …</c>: changes pass again.</summary>
internal sealed class UnfreezeCommands : Command
{
    public UnfreezeCommands(Shell shell) : base("unfreeze", "Let changes pass again.")
    {
        Add(new UnfreezeCommand(shell, ofRealm: false));
        Add(new UnfreezeCommand(shell, ofRealm: true));
    }
}

/// <summary><c>helio unfreeze ns NS</c> and <c>helio unfreeze realm</c>.</summary>
internal sealed class UnfreezeCommand : Command
{
    private readonly Argument<NamespaceName> _namespace = Inputs.Namespace();
    private readonly bool _ofRealm;

    public UnfreezeCommand(Shell shell, bool ofRealm) : base(ofRealm ? "realm" : "ns", ofRealm ? "Take changes again, where a namespace is not frozen itself." : "Take changes to one namespace again.")
    {
        _ofRealm = ofRealm;
        if (!ofRealm) Add(_namespace);
        shell.Handle(this, RunAsync);
    }

    private async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancellationToken)
    {
        using var api = run.Connect();
        NamespaceName? name = _ofRealm ? null : run.Value(_namespace);
        await api.UnfreezeAsync(name, ApiClient.NewIdempotencyKey(), cancellationToken);
        run.Output.Result(new DeletedView(name?.Value ?? "*"), ApiJson.Plain.DeletedView, _ => run.Output.Line($"{name?.Value ?? "The realm"} takes changes again."));
        return ExitCode.Success;
    }
}
