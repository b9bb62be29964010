// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using Heliograph.Cli.Api;

namespace Heliograph.Cli.Terminal;

/// <summary>One run of one command: its arguments, its output, and the way to the origin.</summary>
internal sealed class Invocation(Shell shell, ParseResult arguments)
{
    /// <summary>Where results and talk go.</summary>
    public Output Output { get; } = new(shell.Terminal, arguments.GetValue(shell.Options.Format), arguments.GetValue(shell.Options.NoColor));

    /// <summary>Streams, environment, clock.</summary>
    public HelioTerminal Terminal => shell.Terminal;

    /// <summary>An option's value, or its default.</summary>
    public T? Value<T>(Option<T> option) => arguments.GetValue(option);

    /// <summary>An argument's value.</summary>
    public T Value<T>(Argument<T> argument) => arguments.GetRequiredValue(argument);

    /// <summary>An argument that may be left out.</summary>
    public T? Optional<T>(Argument<T> argument) => arguments.GetValue(argument);

    /// <summary>Whether the option stands on the command line.</summary>
    public bool IsGiven(Option option) => arguments.GetResult(option) is { Implicit: false };

    /// <summary>Opens the way to the origin that options, environment or context name.</summary>
    public ApiClient Connect(string? overrideFreeze = null) => new(ApiConnection.Open(Connection(), Terminal), overrideFreeze);

    /// <summary>How long the command tries.</summary>
    public TimeSpan Timeout => Value(shell.Options.Timeout);

    /// <summary>PEM file of the realm's authority, from the option or the environment.</summary>
    public string? AuthorityFile => Value(shell.Options.Ca) ?? Terminal.Environment("HELIOGRAPH_CA");

    /// <summary>The API token, from the option or the environment, where a command does not speak to the origin by REST.</summary>
    public string? Token => ConnectionSettings.TokenOf(Value(shell.Options.Token), Value(shell.Options.TokenFile), Terminal.Environment);

    /// <summary>What options, environment and context say about the origin, in this order.</summary>
    public ConnectionSettings Connection() => ConnectionSettings.Resolve(
        Value(shell.Options.Server), Value(shell.Options.Token), Value(shell.Options.TokenFile), Value(shell.Options.Ca),
        Value(shell.Options.Timeout), Terminal.Environment, Value(shell.Options.Context));

    /// <summary>The deployment that options and files choose; <see langword="null"/> if none.</summary>
    public RealmContext? Context => Contexts.Choose(Value(shell.Options.Context), Terminal.Environment);

    /// <summary>What the options of every command say of a deployment, as they stand.</summary>
    public (string? Server, string? Token, string? TokenFile, string? Ca) GivenConnection =>
        (Value(shell.Options.Server), Value(shell.Options.Token), Value(shell.Options.TokenFile), Value(shell.Options.Ca));
}
