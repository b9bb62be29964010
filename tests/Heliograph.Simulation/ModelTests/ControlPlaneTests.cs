// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using Heliograph.Simulation.Checkers;
using Heliograph.Simulation.Kernel;

namespace Heliograph.Simulation.ModelTests;

/// <summary>The judge of linearizability: it finds each kind of broken history, and a search through all orders agrees with it.</summary>
public sealed class ControlPlaneTests
{
    private static readonly Written[] _log = [new("w1", "a/x", "1"), new("w2", "a/x", "2"), new("w3", "a/y", "3")];

    [Fact]
    public void A_history_that_could_have_been_is_accepted()
    {
        ControlPlane.Verify(
            [
                Write("w1", 0, 10, 1), Write("w2", 5, 20, 2), // at once
                Write("w3", 15, long.MaxValue, 0), // nobody knows, and it is there
                Write("w4", 16, long.MaxValue, 0), // nobody knows, and it is not
                Read(CallKind.LinearizableRead, 21, 30, 2, "2"), Read(CallKind.LinearizableRead, 21, 31, 3, "2"), // w3 took effect in between
                Read(CallKind.PlainRead, 40, 41, 1, "1"), Read(CallKind.MinRevisionRead, 50, 51, 2, "2", least: 2),
            ],
            _log);
    }

    [Theory]
    [MemberData(nameof(Broken))]
    public void A_history_that_cannot_have_been_is_named(string what, Call[] calls)
    {
        var violation = Assert.Throws<ViolationException>(() => ControlPlane.Verify(calls, _log));
        Assert.Equal("I9", violation.Invariant);
        Assert.Contains(what, violation.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, Call[]> Broken => new()
    {
        { "the log has something else", [Write("w1", 0, 10, 2)] }, // acknowledged where another is
        { "the log has something else", [Write("w1", 0, 10, 4)] }, // lost
        { "before read began", [Write("w1", 0, 1, 1), Write("w2", 2, 3, 2), Read(CallKind.LinearizableRead, 4, 5, 1, "1")] }, // a stale read
        { "before read began", [Write("w1", 0, 1, 1), Write("w2", 2, 3, 2), Read(CallKind.LinearizableRead, 3 + 1, 5, 2, "2"), Read(CallKind.LinearizableRead, 6, 7, 1, "1")] }, // a read after a newer read
        { "before w1 began", [Write("w2", 0, 10, 2), Write("w1", 11, 20, 1)] }, // an order against time
        { "before that was asked for", [Write("w1", 0, 10, 1), Write("w2", 30, 40, 2), Read(CallKind.PlainRead, 11, 12, 2, "2")] }, // from the future
        { "asked for 2 at least", [Write("w1", 0, 10, 1), Read(CallKind.MinRevisionRead, 11, 12, 1, "1", least: 2)] },
        { "where it is '2'", [Write("w1", 0, 1, 1), Write("w2", 2, 3, 2), Read(CallKind.LinearizableRead, 4, 5, 2, "1")] }, // revision and value do not go together
        { "where it is ''", [Read(CallKind.PlainRead, 4, 5, 0, "1")] },
        { "it stood at 1", [Write("w1", 0, 1, 1), Write("w2", 2, 3, 2) with { Expected = 0 }] }, // a condition that did not hold
        { "the log ends at 3", [Read(CallKind.PlainRead, 4, 5, 7, "2")] },
    };

    [Fact]
    public void A_search_through_all_orders_says_the_same_of_small_histories()
    {
        // Given thousands of small histories of one key: some right, most of them wrong somewhere
        var random = new SeededRandom(7, "histories");
        var (right, wrong) = (0, 0);
        for (var i = 0; i < 4_000; i++)
        {
            var (calls, log) = Draw(random);

            // When both judge
            var isRight = Accepts(calls, log);

            // Then they agree
            Assert.True(isRight == Search([.. calls], log, 0), $"history {i}: {string.Join("; ", calls.AsEnumerable())}");
            if (isRight) right++;
            else wrong++;
        }
        Assert.True(right > 400 && wrong > 400, $"{right} right, {wrong} wrong: not much of a test");
    }

    /// <summary>Two to four writes and one to three linearizable reads, whose answers were taken at a moment of their time, or a little wrong.</summary>
    private static (Call[] Calls, Written[] Log) Draw(Random random)
    {
        var writes = Enumerable.Range(1, 2 + random.Next(3)).Select(number => (Id: Text(number), At: 2 * (1 + random.Next(20)) + 100 * number)).ToArray(); // one after the other takes effect
        var log = writes.Select(write => new Written("w" + write.Id, "a/x", write.Id)).ToArray();
        var calls = new List<Call>();
        for (var i = 0; i < writes.Length; i++)
        {
            var (from, to) = Around(random, writes[i].At);
            var sequence = random.Chance(0.06) ? 1 + random.Next(log.Length) : i + 1;
            calls.Add(Write("w" + writes[i].Id, from, to, sequence));
        }
        for (var i = random.Next(1, 4); i > 0; i--)
        {
            var at = 100 + random.Next(500);
            var (from, to) = Around(random, at);
            var seen = writes.Count(write => write.At <= at);
            if (random.Chance(0.15)) seen = random.Next(log.Length + 1);
            var value = seen == 0 ? null : log[seen - 1].Value;
            if (random.Chance(0.05)) value = log[0].Value;
            calls.Add(Read(CallKind.LinearizableRead, from, to, seen, value));
        }
        return ([.. calls], log);
    }

    private static (long From, long To) Around(Random random, long at) => (at - random.Next(120), at + random.Next(120));

    private static bool Accepts(Call[] calls, Written[] log)
    {
        try
        {
            ControlPlane.Verify(calls, log);
            return true;
        }
        catch (ViolationException)
        {
            return false;
        }
    }

    /// <summary>Wing and Gong's search: takes any call that no other must precede, if the log, as far as it has got, gives its answer.</summary>
    private static bool Search(List<Call> left, Written[] log, int sequence)
    {
        if (left.Count == 0) return true;
        var firstReturn = left.Min(call => call.ReturnedAt);
        foreach (var call in left.Where(call => call.InvokedAt <= firstReturn).ToArray())
        {
            var next = call.Kind == CallKind.Write ? sequence + 1 : sequence;
            var fits = call.Kind == CallKind.Write
                ? next <= log.Length && log[next - 1].RequestId == call.Id && call.Sequence == next
                : call.Sequence == sequence && call.Value == (sequence == 0 ? null : log[sequence - 1].Value);
            if (!fits) continue;
            left.Remove(call);
            if (Search(left, log, next)) return true;
            left.Add(call);
        }
        return false;
    }

    private static Call Write(string id, long from, long to, long sequence) => new(CallKind.Write, id, from, to, sequence, "a/x", null);

    private static Call Read(CallKind kind, long from, long to, long sequence, string? value, long least = 0) => new(kind, "read", from, to, sequence, "a/x", value) { Least = least };

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
