// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;

namespace Heliograph.Deploy.Tests;

/// <summary>One run of a program to its end, at most two minutes.</summary>
internal sealed record ToolRun(int Code, string Out, string Error)
{
    /// <summary>Whether there is such a program.</summary>
    public static bool Has(string program) => Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(folder => File.Exists(Path.Combine(folder, program)));

    /// <summary>Runs it.</summary>
    public static Task<ToolRun> OfAsync(string program, string[] arguments, CancellationToken cancellationToken) => OfAsync(program, arguments, TimeSpan.FromMinutes(2), cancellationToken);

    /// <summary>Runs it, at most for so long.</summary>
    public static async Task<ToolRun> OfAsync(string program, string[] arguments, TimeSpan within, CancellationToken cancellationToken)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true })!;
        process.StandardInput.Close();
        try
        {
            var (output, error) = (process.StandardOutput.ReadToEndAsync(cancellationToken), process.StandardError.ReadToEndAsync(cancellationToken));
            await process.WaitForExitAsync(cancellationToken).WaitAsync(within, cancellationToken);
            return new(process.ExitCode, await output, await error);
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }
}
