// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using Heliograph.Cli.Api;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Authoring;

/// <summary>What must hold of one setting for its change to be accepted; at most one.</summary>
internal sealed class ConditionOptions
{
    private readonly Option<string?> _etag = new("--if-etag") { HelpName = "ETAG", Description = "Only if its content is still what was read (the etag of 'helio get -o json')." };
    private readonly Option<bool> _exists = new("--if-exists") { Description = "Only if it exists." };
    private readonly Option<bool> _absent = new("--if-absent") { Description = "Only if it does not exist." };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command, bool withAbsent)
    {
        command.Add(_etag);
        command.Add(_exists);
        if (withAbsent) command.Add(_absent);
        command.Validators.Add(result =>
        {
            if (new Option[] { _etag, _exists, _absent }.Count(option => result.GetResult(option) is { Implicit: false }) > 1)
                result.AddError("Give one of --if-etag, --if-exists and --if-absent.");
        });
    }

    /// <summary>The same as a condition of an operation, or <see langword="null"/>.</summary>
    public OperationCondition? Condition(Invocation run) => Header(run) switch
    {
        null => null,
        { Key: "If-None-Match" } => new(Exists: false),
        { Value: "*" } => new(Exists: true),
        var header => new(Etag: header.Value.Value.Trim('"')),
    };

    /// <summary>The header that says so, or <see langword="null"/>.</summary>
    public KeyValuePair<string, string>? Header(Invocation run)
    {
        if (run.Value(_etag) is { } etag)
            return Hash256.TryParse(etag.AsSpan().Trim('"'), out _) ? new("If-Match", $"\"{etag.Trim('"')}\"")
                : throw new CommandException(ExitCode.Usage, "The etag is none.", next: "It is 64 hexadecimal digits: 'helio get … -o json' shows it.");
        if (run.Value(_exists)) return new("If-Match", "*");
        return run.Value(_absent) ? new("If-None-Match", "*") : null;
    }
}
