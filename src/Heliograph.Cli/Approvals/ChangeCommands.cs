// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using Heliograph.Cli.Api;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Approvals;

/// <summary><c>helio change …</c>: changes that wait for the approval of others.</summary>
internal sealed class ChangeCommands : Command
{
    public ChangeCommands(Shell shell) : base("change", "See, approve and reject what others ask to change.")
    {
        Add(new ChangeListCommand(shell));
        Add(new ChangeShowCommand(shell));
        Add(new ChangeApproveCommand(shell));
        Add(new ChangeRejectCommand(shell));
    }

    /// <summary>Which one.</summary>
    public static Argument<string> Id() => new("id") { Description = "Id of the change request, such as cr-0123456789abcdef." };
}

/// <summary><c>helio change list</c>.</summary>
internal sealed class ChangeListCommand : Command
{
    private readonly Argument<NamespaceName?> _namespace = Inputs.OptionalNamespace("Only those for this namespace. Default: all that you may read.");
    private readonly Option<string> _status = new("--status") { HelpName = "STATUS", DefaultValueFactory = _ => "open", Description = "open, approved, committed, rejected, failed, expired or all. Default: open." };

    public ChangeListCommand(Shell shell) : base("list", "List change requests, the newest first.")
    {
        _status.AcceptOnlyFromAmong("open", "approved", "committed", "rejected", "failed", "expired", "all");
        Add(_namespace);
        Add(_status);
        shell.Handle(this, RunAsync);
    }

    private async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancellationToken)
    {
        using var api = run.Connect();
        var status = run.Value(_status)!;
        run.Output.Result(await api.ListChangeRequestsAsync(run.Optional(_namespace), status == "all" ? null : status, cancellationToken), ApiJson.Plain.ChangeRequestPage, page =>
        {
            if (page.Items.Count == 0) run.Output.Line(status == "all" ? "There are no change requests." : $"No change request is {status}.");
            else run.Output.Table(["ID", "NAMESPACE", "STATUS", "BY", "ASKED (UTC)", "APPROVALS", "WHY"], page.Items.Select(it => (IReadOnlyList<string>)[it.Id, it.Namespace, it.Status, it.Author, $"{it.CreatedAt.UtcDateTime:yyyy-MM-dd HH:mm}", $"{it.Approvals.Count}/{it.ApprovalsNeeded}", it.Message]));
        });
        return ExitCode.Success;
    }
}

/// <summary><c>helio change show ID</c>.</summary>
internal sealed class ChangeShowCommand : Command
{
    private readonly Argument<string> _id = ChangeCommands.Id();

    public ChangeShowCommand(Shell shell) : base("show", "Show a change request, and what it would do now.")
    {
        Add(_id);
        shell.Handle(this, RunAsync);
    }

    private async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancellationToken)
    {
        using var api = run.Connect();
        run.Output.Result(await api.GetChangeRequestAsync(run.Value(_id)!, cancellationToken), ApiJson.Plain.ChangeRequestView, it => RequestReport.Describe(run.Output, it));
        return ExitCode.Success;
    }
}

/// <summary><c>helio change approve ID</c>.</summary>
internal sealed class ChangeApproveCommand : Command
{
    private readonly Argument<string> _id = ChangeCommands.Id();

    public ChangeApproveCommand(Shell shell) : base("approve", "Approve what somebody else asked for; with the last approval needed it is committed.")
    {
        Add(_id);
        shell.Handle(this, RunAsync);
    }

    private async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancellationToken)
    {
        using var api = run.Connect();
        run.Output.Result(await api.ApproveAsync(run.Value(_id)!, ApiClient.NewIdempotencyKey(), cancellationToken), ApiJson.Plain.ChangeRequestView, it => RequestReport.Describe(run.Output, it));
        return ExitCode.Success;
    }
}

/// <summary><c>helio change reject ID -m WHY</c>.</summary>
internal sealed class ChangeRejectCommand : Command
{
    private readonly Argument<string> _id = ChangeCommands.Id();
    private readonly Option<string> _reason = new("--message", "-m") { Required = true, HelpName = "TEXT", Description = "Why, up to 200 characters: its author is told." };

    public ChangeRejectCommand(Shell shell) : base("reject", "Close a change request without a change; your own, too.")
    {
        Add(_id);
        Add(_reason);
        shell.Handle(this, RunAsync);
    }

    private async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancellationToken)
    {
        using var api = run.Connect();
        run.Output.Result(await api.RejectAsync(run.Value(_id)!, run.Value(_reason)!, ApiClient.NewIdempotencyKey(), cancellationToken), ApiJson.Plain.ChangeRequestView, it => RequestReport.Describe(run.Output, it));
        return ExitCode.Success;
    }
}
