// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using Heliograph.Cli.Api;
using Heliograph.Cli.Fleet;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Authoring;

/// <summary>What every command that changes a namespace has in common: why, only if, and how far it must have come before the command ends.</summary>
internal sealed class ChangeOptions
{
    private readonly Option<string?> _message = new("--message", "-m") { HelpName = "TEXT", Description = "Why, for the history." };
    private readonly Option<string?> _expected = Inputs.AtRevision("--expect-revision", "Refuse if the namespace has moved past this revision.");
    private readonly Option<string?> _idempotencyKey = new("--idempotency-key") { HelpName = "KEY", Description = "Repeating the command with the same key has one effect at most. Default: a new one." };
    private readonly Option<string?> _overrideFreeze = new("--override-freeze") { HelpName = "REASON", Description = "Change it although it is frozen; for operators, and told in the history. 1 to 200 ASCII characters." };
    private readonly Option<bool> _request = new("--request") { Description = "Do not change it, but ask others to approve it ('helio change')." };
    private readonly Option<double?> _wait = new("--wait") { HelpName = "PERCENT", CustomParser = Inputs.ParsePercent, Description = "Then wait until this share of the connected instances has applied it, such as 100%." };
    private readonly Option<TimeSpan> _waitTimeout = new("--wait-timeout")
    {
        HelpName = "DURATION", CustomParser = Duration.Parse, DefaultValueFactory = _ => TimeSpan.FromSeconds(30),
        Description = "How long to wait. Default: 30s. Then every laggard is named and the exit code is 8.",
    };

    /// <summary>Adds them to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="withExpectedRevision">Whether its call takes an expected revision.</param>
    /// <param name="messageCharsMax">Longest message where one must be given; <see langword="null"/>: none must.</param>
    /// <param name="withRequest">Whether it can ask for approval instead.</param>
    public void AddTo(Command command, bool withExpectedRevision, int? messageCharsMax = null, bool withRequest = false)
    {
        if (messageCharsMax is { } max)
        {
            _message.Required = true;
            _message.Description = $"Why, up to {max} characters: whoever is refused is told.";
        }
        if (withRequest) command.Add(_request);
        command.Add(_message);
        if (withExpectedRevision) command.Add(_expected);
        command.Add(_idempotencyKey);
        command.Add(_overrideFreeze);
        command.Validators.Add(result =>
        {
            if (withRequest && result.GetValue(_request) && (result.GetResult(_wait) is { Implicit: false } || result.GetResult(_overrideFreeze) is { Implicit: false })) result.AddError("--request changes nothing yet: it goes without --wait and --override-freeze.");
            if (result.GetValue(_overrideFreeze) is { } reason && (reason.Trim().Length == 0 || reason.Length > 200 || reason.AsSpan().ContainsAnyExceptInRange(' ', '~'))) result.AddError("--override-freeze takes a reason of 1 to 200 printable ASCII characters.");
        });
        command.Add(_wait);
        command.Add(_waitTimeout);
    }

    /// <summary>Why.</summary>
    public string? Message(Invocation run) => run.Value(_message);

    /// <summary>The namespace's revision that the author saw.</summary>
    public string? ExpectedRevision(Invocation run) => run.Value(_expected);

    /// <summary>Whether others are to be asked for their approval. Only of commands that can.</summary>
    public bool IsRequest(Invocation run) => run.Value(_request);

    /// <summary>Asks others to approve a change or a rollback, and tells what was asked.</summary>
    public async Task<ExitCode> RequestAsync(Invocation run, ApiClient api, NamespaceName name, ChangeRequestBody body, CancellationToken cancellationToken)
    {
        var request = await api.RequestChangeAsync(name, body with { Message = Message(run), ExpectedRevision = body.ExpectedRevision ?? ExpectedRevision(run) }, IdempotencyKey(run), cancellationToken);
        run.Output.Result(request, ApiJson.Plain.ChangeRequestView, it => Approvals.RequestReport.Describe(run.Output, it));
        return ExitCode.Success;
    }

    /// <summary>Opens the way to the origin; changes sent on it override a freeze where that was asked for.</summary>
    public ApiClient Connect(Invocation run) => run.Connect(run.Value(_overrideFreeze));

    /// <summary>The key given, if one was.</summary>
    public string? GivenIdempotencyKey(Invocation run) => run.Value(_idempotencyKey);

    /// <summary>The key given, or a new one.</summary>
    public string IdempotencyKey(Invocation run) => run.Value(_idempotencyKey) ?? ApiClient.NewIdempotencyKey();

    /// <summary>Waits for the fleet where asked to, and adds what came of it to the change.</summary>
    public async Task<ChangeView> WaitAsync(Invocation run, ApiClient api, NamespaceName name, ChangeView change, CancellationToken cancellationToken)
    {
        if (run.Value(_wait) is not { } percent) return change;
        run.Output.Say($"{name} {change.Revision} is committed; waiting for {percent:0.##}% of the fleet.");
        return change with { Wait = await FleetWaiting.UntilAsync(api, name, change.Revision, percent, run.Value(_waitTimeout), cancellationToken) };
    }
}
