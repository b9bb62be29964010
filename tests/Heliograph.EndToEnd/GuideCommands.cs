// SPDX-License-Identifier: Apache-2.0
using System.Text.RegularExpressions;

namespace Heliograph.EndToEnd;

/// <summary>The commands that a guide shows, with what it says that they print: read from the page, so that the page is what is tested.</summary>
internal static partial class GuideCommands
{
    /// <summary>The lines of its blocks of shell that call <c>helio</c> or <c>curl</c> and end by themselves, in order.</summary>
    public static IReadOnlyList<(string Command, string? Says)> Of(string guide) =>
        [.. Blocks(guide, "bash").SelectMany(block => block.Split('\n')).Where(line => Called().IsMatch(line)).Select(line => line.Split(" #", 2) is [var command, var says] ? (command.Trim(), says.Trim()) : (line.Trim(), (string?)null)).Where(line => !line.Item1.EndsWith('&'))];

    /// <summary>Its blocks of a language.</summary>
    public static IEnumerable<string> Blocks(string guide, string language) => Block().Matches(File.ReadAllText(PathOf(guide))).Where(match => match.Groups[1].Value == language).Select(match => match.Groups[2].Value);

    /// <summary>Runs one as the reader would.</summary>
    /// <param name="command">The line.</param>
    /// <param name="environment">Where the realm is.</param>
    /// <param name="replace">What is another here: ports, revisions.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<string> RunAsync(string command, IReadOnlyDictionary<string, string> environment, IReadOnlyDictionary<string, string> replace, CancellationToken cancellationToken)
    {
        var helio = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "Heliograph.Cli", new DirectoryInfo(AppContext.BaseDirectory).Name, "helio"));
        var line = replace.Aggregate(command.Replace("./helio ", $"{helio} ", StringComparison.Ordinal), (text, pair) => text.Replace(pair.Key, pair.Value, StringComparison.Ordinal));
        await using var shell = HelioProcess.Run("bash", new Dictionary<string, string>(environment) { ["GUIDE_LINE"] = line }, "-c", "eval \"$GUIDE_LINE\" 2>&1");
        return (await shell.WaitAsync(TimeSpan.FromSeconds(60), cancellationToken)).Output;
    }

    private static string PathOf(string guide)
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
            if (File.Exists(Path.Combine(directory.FullName, "Heliograph.slnx"))) return Path.Combine(directory.FullName, guide);
        throw new DirectoryNotFoundException("The repository is not above what was built.");
    }

    [GeneratedRegex("^(?:\\./helio|curl) ")]
    private static partial Regex Called();

    [GeneratedRegex("^```([a-z]+)\\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Block();
}
