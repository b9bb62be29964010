// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Documents.Tests.Console;

/// <summary>A command of a page, and what the page says that it prints.</summary>
/// <param name="Line">Where it stands in the page, counted from 1.</param>
/// <param name="Command">As the reader types it; several lines if it goes on.</param>
/// <param name="Says">The lines expected, standard output and error as a terminal shows them.</param>
/// <param name="RepeatFor">How long it may be repeated until it says so; zero: it is run once.</param>
internal sealed record Step(int Line, string Command, IReadOnlyList<string> Says, TimeSpan RepeatFor)
{
    /// <summary>Whether it goes on running while the next ones are typed.</summary>
    public bool IsInBackground => Command.EndsWith('&') && !Command.EndsWith("&&", StringComparison.Ordinal);

    /// <summary>Whether the page shows that it fails: only then may its exit code be another than 0.</summary>
    public bool SaysThatItFails => Says.Any(line => line.StartsWith("error: ", StringComparison.Ordinal));
}
