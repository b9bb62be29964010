// SPDX-License-Identifier: Apache-2.0
using System.Text.RegularExpressions;
using Xunit;

namespace Heliograph.Architecture.Tests;

/// <summary>docs/reference/events.md has every event that is logged, each under a number of its own.</summary>
public sealed partial class DocumentedEventsTests
{
    private static readonly (string Assembly, Event Event)[] Logged =
    [
        .. Repository.Files("src", "*.cs").SelectMany(file => Declaration().Matches(Repository.Read(file)).Select(match => (file.Split('/')[1],
            new Event(match.Groups[1].Value, match.Groups[2].Success ? match.Groups[2].Value.ToLowerInvariant() : "set by the event", match.Groups[4].Value, match.Groups[3].Value.Replace("|", "\\|", StringComparison.Ordinal))))),
    ];

    [Fact]
    public void Every_event_is_in_the_reference_under_its_assembly_and_no_other_is()
    {
        var (documented, assembly) = (new List<(string, Event)>(), "");
        foreach (var line in Repository.Reference("events.md").Split('\n'))
        {
            if (line.StartsWith("## ", StringComparison.Ordinal)) assembly = line[3..];
            else if (TableRow().Match(line) is { Success: true } row) documented.Add((assembly, new(row.Groups[1].Value, row.Groups[2].Value, row.Groups[3].Value, row.Groups[4].Value)));
        }
        Assert.Equal(Logged.OrderBy(entry => entry.Event.Id), documented.OrderBy(entry => entry.Item2.Id));
    }

    [Fact]
    public void No_two_events_have_one_number()
    {
        Assert.Empty(Logged.GroupBy(entry => entry.Event.Id).Where(group => group.Count() > 1).Select(group => $"{group.Key}: {string.Join(", ", group.Select(entry => entry.Event.Name))}"));
    }

    [Fact]
    public void Nothing_is_logged_but_by_a_declared_event()
    {
        var declared = Repository.Files("src", "*.cs").Sum(file => Regex.Count(Repository.Read(file), @"\[LoggerMessage\("));
        Assert.Equal(declared, Logged.Length); // a declaration in another form would be missing above
        Assert.True(declared > 90);
        Assert.All(Repository.Files("src", "*.cs"), file => Assert.DoesNotMatch(@"\.Log(Trace|Debug|Information|Warning|Error|Critical)\(", Repository.Read(file)));
    }

    [GeneratedRegex("""\[LoggerMessage\(EventId = (\d+)(?:, Level = LogLevel\.(\w+))?, Message = "((?:[^"\\]|\\.)*)"\)\]\s*\n\s*(?:public|internal) static partial void (\w+)""")]
    private static partial Regex Declaration();

    [GeneratedRegex(@"^\| (\d+) \| ([a-z ]+) \| `(\w+)` \| (.+) \|$")]
    private static partial Regex TableRow();

    private sealed record Event(string Id, string Level, string Name, string Message);
}
