// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using Heliograph.Documents.Tests.Console;

namespace Heliograph.Documents.Tests;

/// <summary>A page whose commands are typed as written.</summary>
internal static class CheckedPage
{
    /// <summary>How long one command may take.</summary>
    public static readonly TimeSpan CommandMax = TimeSpan.FromSeconds(90);

    private static readonly TimeSpan s_betweenRepetitions = TimeSpan.FromMilliseconds(500);

    /// <summary>Types every command of a page, in order, in one shell; the first that says something else ends it.</summary>
    /// <returns><see langword="null"/>, or what is wrong and where.</returns>
    public static async Task<string?> FaultAsync(string name, string markdown, TimeSpan commandMax, CancellationToken cancellationToken)
    {
        var steps = ConsolePage.Parse(markdown);
        await using var shell = ReadersShell.Start(Repository.Program("Heliograph.Cli", "helio"), Repository.PathOf(), commandMax);
        foreach (var step in steps)
            if (await FaultAsync(shell, step, commandMax, cancellationToken) is { } fault)
                return $"{name}, line {step.Line}: $ {step.Command}\n{fault}";
        return null;
    }

    private static async Task<string?> FaultAsync(ReadersShell shell, Step step, TimeSpan commandMax, CancellationToken cancellationToken)
    {
        for (var since = Stopwatch.GetTimestamp(); ;)
        {
            int code;
            string output;
            try { (code, output) = await shell.TypeAsync(step, commandMax, cancellationToken); }
            catch (Exception exception) when (exception is TimeoutException or InvalidOperationException) { return exception.Message; }
            var fault = Expectation.IsMet(step.Says, output) ? code != 0 && !step.SaysThatItFails ? $"ended with exit code {code}, and the page shows no error." : null
                : $"should say\n{string.Join('\n', step.Says)}\nand says (exit code {code})\n{output}";
            if (fault is null || Stopwatch.GetElapsedTime(since) >= step.RepeatFor) return fault;
            await Task.Delay(s_betweenRepetitions, cancellationToken); // the reader looks again
        }
    }
}
