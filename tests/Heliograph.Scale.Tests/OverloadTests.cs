// SPDX-License-Identifier: Apache-2.0
using Heliograph.Scale.Overload;

namespace Heliograph.Scale.Tests;

public sealed class OverloadTests
{
    [Fact]
    public async Task What_is_too_much_is_refused_what_is_acknowledged_is_in_the_log_and_who_asks_for_little_gets_it()
    {
        // Given an origin, and more authors of one namespace than may wait, who never wait as long as they are told
        var plan = new OverloadPlan
        {
            Operations = 5, GreedyAuthors = 1_600, EagerNamespaces = 1, EagerAuthors = 200, SteadyNamespaces = 2, SteadyAuthors = 5,
            CapacityAuthors = [64], Capacity = TimeSpan.FromSeconds(1), Alone = TimeSpan.FromSeconds(1), Overload = TimeSpan.FromSeconds(5),
        };
        using var run = new OverloadRun(plan, TextWriter.Null);

        // When all of them ask at once
        var figures = await run.RunAsync(TestContext.Current.CancellationToken);

        // Then nothing acknowledged is missing and nothing refused is there, and every refusal says when to come again
        Assert.Empty(figures.Verdict.Faults);
        Assert.Equal(0, figures.Verdict.Unknown);

        // and those were refused who ask for more than their share, and hardly anyone else: only a very slow machine lets others wait too long
        var (greedy, eager, steady) = (figures.Crowds[0], figures.Crowds[1], figures.Crowds.Skip(2).ToList());
        Assert.True(greedy.TooMany > 10 * figures.Crowds.Skip(1).Sum(crowd => crowd.TooMany), $"greedy {greedy.TooMany}, the others {figures.Crowds.Skip(1).Sum(crowd => crowd.TooMany)}");
        Assert.All(figures.Crowds, crowd => Assert.Equal(0, crowd.Overloaded));

        // and an author is given more where fewer ask; who asks for little is given all of it
        Assert.True(eager.AcceptedPerSecond / eager.Crowd.Authors > greedy.AcceptedPerSecond / greedy.Crowd.Authors, $"eager {eager.AcceptedPerSecond:0}/s, greedy {greedy.AcceptedPerSecond:0}/s");
        Assert.All(steady, crowd => Assert.True(crowd.AcceptedPerSecond > 0));
        Assert.Equal(0, figures.ShedAfterwards);
    }

    [Fact]
    public void An_answer_that_the_log_contradicts_is_a_fault()
    {
        var log = new Chaos.Checker.Stores.RawLog("", [], [], new Dictionary<string, long> { ["a"] = 3, ["refused"] = 4 }, new(1, 4), "");

        Attempt[] attempts = [new("a", 0, 1, 200, -1, 2), new("lost", 0, 1, 200, -1, 5), new("refused", 0, 1, 429, 1, 0), new("hasty", 0, 1, 503, -1, 0), new("odd", 0, 1, 500, -1, 0)];

        var faults = OverloadVerdict.Of(attempts, log).Faults;
        Assert.Equal(6, faults.Count); // each of them, and a log whose entries are not those of its index
        foreach (var what in new[] { "acknowledged at 2 and is at 3", "acknowledged at 5 and is not in the log", "refused with 429 and is in the log at 4", "without a Retry-After", "answered with 500" })
            Assert.Single(faults, fault => fault.Contains(what, StringComparison.Ordinal));
    }
}
