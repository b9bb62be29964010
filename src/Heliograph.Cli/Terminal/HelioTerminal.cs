// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Cli.Terminal;

/// <summary>What a command may touch of its surroundings: streams, environment, clock. Given, so that a test runs commands in its own process.</summary>
internal sealed class HelioTerminal
{
    /// <summary>Data for the command, where its argument is <c>-</c>.</summary>
    public required Stream In { get; init; }

    /// <summary>Results, and nothing else.</summary>
    public required TextWriter Out { get; init; }

    /// <summary>Talk: progress, warnings, errors.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>Reads an environment variable; <see langword="null"/> if it is not set.</summary>
    public required Func<string, string?> Environment { get; init; }

    /// <summary>The names of all environment variables.</summary>
    public Func<IEnumerable<string>> EnvironmentNames { get; init; } = () => [];

    /// <summary>Waits and timeouts.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Jitter of retries.</summary>
    public Random Random { get; init; } = new();

    /// <summary>Whether a person reads <see cref="Out"/>: only then is it coloured and fitted to a width.</summary>
    public bool OutIsTerminal { get; init; }

    /// <summary>Whether a person types into <see cref="In"/>.</summary>
    public bool InIsTerminal { get; init; }

    /// <summary>Whether a person reads <see cref="Error"/>: only then is progress shown, and a question asked.</summary>
    public bool ErrorIsTerminal { get; init; }

    /// <summary>The process's own streams and environment.</summary>
    public static HelioTerminal OfProcess() => new()
    {
        In = Console.OpenStandardInput(),
        Out = Console.Out,
        Error = Console.Error,
        Environment = System.Environment.GetEnvironmentVariable,
        EnvironmentNames = () => System.Environment.GetEnvironmentVariables().Keys.Cast<string>(),
        OutIsTerminal = !Console.IsOutputRedirected,
        InIsTerminal = !Console.IsInputRedirected,
        ErrorIsTerminal = !Console.IsErrorRedirected,
    };
}
