// SPDX-License-Identifier: Apache-2.0
using Heliograph.Chaos.Checker.Histories;

namespace Heliograph.Chaos.Planted;

/// <summary>Histories that each break one promise in one way.</summary>
internal static class PlantedBugs
{
    private const long Second = 1_000_000_000;

    public static IReadOnlyList<(string Invariant, string Name, Action<SmallWorld> Plant)> All { get; } =
    [
        ("I1", "the newest acknowledged change is gone", world => world.Entries.RemoveAt(world.Entries.Count - 1)),
        ("I1", "a change was acknowledged that never was in the log", world => world.History.Add(Write("author-9-1", 60, new(1, 41)))),
        ("I1", "a change is at another revision than was said", world => world.Change<Operation>(Acknowledged(20), it => it with { Revision = new(1, 21) })),
        ("I1", "a change has another content than was said", world => world.Change<Operation>(Acknowledged(20), it => it with { StateRoot = new('a', 64) })),
        ("I2", "an entry was replaced, and the chain broken", world => world.Entries[19] = SmallWorld.Entry(20, new('b', 64), world.Entries[19].RequestId, world.Entries[19].Namespace, [("group/3/0", "x")])),
        ("I2", "an entry is missing in the middle", world => world.Entries.RemoveAt(19)),
        ("I2", "a copy of the store has another end", world => world.Copies.Add(world.LogOf("a copy", [.. world.Entries.Take(30), SmallWorld.Entry(31, world.Entries[29].Hash, "forked", SmallWorld.Cart, [])]))),
        ("I2", "the index names another entry", world => world.Index["author-1-10"] = 12),
        ("I2", "a client runs with what the log never had", world => world.Journals[20] = world.Journals[20] with { StateRoot = new('c', 64) }),
        ("I3", "a client goes back", world => world.Journals.Insert(30, world.Journals[10])),
        ("I3", "a client goes back when it starts again", world => world.Journals.Insert(40, world.Journals[11] with { Pid = 202 })),
        ("I4", "half a changeset is read", world => world.Change<Operation>(Reads(20), it => it with { Values = it.Values!.ToDictionary(setting => setting.Key, setting => setting.Key == it.Values!.Keys.First() ? "author-0-0" : setting.Value) })),
        ("I8", "a retry had a second effect", world => world.Append(world.Entries[20].RequestId, SmallWorld.Cart, [("group/0/0", "again"), ("group/0/1", "again"), ("group/0/2", "again")])),
        ("I8", "a retry had another answer", world => world.History.Add(Write(world.Entries[20].RequestId, 60, new(1, 22)))),
        ("I8", "a change was refused and is in the log", world => world.Change<Operation>(Acknowledged(20), it => it with { Outcome = Outcome.Refused, Revision = null, StateRoot = null })),
        ("I9", "a linearizable read is stale", world => world.History.Add(LinearizableAt(world, 10, 30))),
        ("I9", "a read saw what nobody had asked for", world => world.History.Add(LinearizableAt(world, 30, 10))),
        ("I9", "a read is older than it was asked to be", world => world.Change<Operation>(it => it.Consistency == Consistency.AtLeast && it.Revision!.Value.Sequence > 20, it => it with { AtLeast = it.Revision!.Value with { Sequence = 40 } })),
        ("I9", "a read shows another revision than it names", world => world.Change<Operation>(Reads(20), it => it with { Revision = new(1, 20 + 8) })),
        ("I9", "two changes are in the order in which they were not made", world => world.Change<Operation>(Acknowledged(10), it => it with { Start = 35 * Second, End = (35 * Second) + 1 })),
        ("I9", "a change was done on another revision than it was meant for", world => world.Change<Operation>(it => it.Expected is not null, it => it with { Expected = new(1, 2) })),
        ("I10", "a client never becomes level", world => world.Journals.RemoveAll(line => line.Process == "cart-1" && line.Revision.Sequence > 30)),
        ("I10", "a client becomes level late", world => world.Journals[^1] = world.Journals[^1] with { T = world.Journals[^1].T + 60_000 }),
        ("I11", "a relay that is cut off does not say so", world => world.Change<Freshness>(line => line.Stale && line.At > 16 * Second, line => line with { Stale = false })),
        ("I11", "a relay stays stale for ever", world => world.History.Add(new Freshness("relay-1", 200 * Second, Stale: true))),
        ("I12", "a leader that was deposed appends", world => world.Change<Operation>(it => it.Kind == OperationKind.Write && it.Revision!.Value.Sequence == 30, it => it with { Alone = "o1" })),
        ("I12", "a right is given twice", world => world.History.Add(new Term(10, "o3"))),
    ];

    private static Func<Operation, bool> Acknowledged(long sequence) => it => it.Kind == OperationKind.Write && it.Revision?.Sequence == sequence;

    private static Func<Operation, bool> Reads(long sequence) => it => it.Kind == OperationKind.Read && it.Revision?.Sequence == sequence;

    private static Operation Write(string requestId, long second, Position revision) => new()
    {
        Process = "author-9", Kind = OperationKind.Write, Namespace = SmallWorld.Cart, RequestId = requestId, Start = second * Second, End = (second * Second) + 1, Outcome = Outcome.Ok, Revision = revision,
    };

    private static Operation LinearizableAt(SmallWorld world, long sequence, long second)
    {
        var (name, revision) = (world.Entries[(int)sequence - 1].Namespace, new Position(1, sequence));
        return SmallWorld.Read(name, revision, (second * Second) + (Second / 2) + 1, new Checker.Stores.NamespaceHistory(world.Log).At(name, revision)!) with { Consistency = Consistency.Linearizable, AtLeast = null };
    }
}
