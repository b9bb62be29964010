// SPDX-License-Identifier: Apache-2.0
using System.Text;
using Heliograph.Chaos.Checker.Histories;
using Heliograph.Chaos.Checker.Invariants;
using Heliograph.Chaos.Checker.Stores;

namespace Heliograph.Chaos.Planted;

/// <summary>A short history without a fault, made up: a log, its authors, readers, clients, controllers. A planted bug changes one thing in it.</summary>
internal sealed class SmallWorld
{
    public const string Cart = "shop.cart", Search = "shop.search";

    private const long Step = 1_000_000_000;

    private static readonly string s_none = new('0', 64);

    public SmallWorld(int changes = 40)
    {
        Append("create-0", Cart);
        Append("create-1", Search);
        for (var i = 2; i < changes; i++) Append($"author-{i % 3}-{i}", i % 2 == 0 ? Cart : Search, Enumerable.Range(0, 3).Select(key => ($"group/{i % 4}/{key}", $"author-{i % 3}-{i}")));
        var state = new NamespaceHistory(Log);
        foreach (var entry in Entries)
        {
            var (at, version) = (entry.Revision.Sequence * Step, state.At(entry.Namespace, entry.Revision)!);
            History.Add(new Operation
            {
                Process = entry.RequestId[..8], Kind = OperationKind.Write, Namespace = entry.Namespace, RequestId = entry.RequestId, Start = at, End = at + (Step / 2), Outcome = Outcome.Ok,
                Revision = entry.Revision, StateRoot = version.StateRoot, Alone = entry.Revision.Sequence < changes / 2 ? "o1" : "o2",
                Expected = entry.Revision.Sequence % 5 == 0 && entry.Revision.Sequence > 2 ? state.At(entry.Namespace, new(1, entry.Revision.Sequence - 1))!.Revision : null,
            });
            if (entry.Revision.Sequence <= 2) continue;
            History.Add(Read(entry.Namespace, entry.Revision, at + (Step * 6 / 10), version));
            foreach (var (process, pid) in new[] { ("cart-1", 100), ("search-1", entry.Revision.Sequence < changes / 2 ? 200 : 201) })
                Journals.Add(new((at + (Step / 2)) / 1_000_000, process, pid, entry.Namespace, entry.Revision, version.StateRoot));
        }
        var end = (changes + 1) * Step;
        History.Add(new Term(10, "o1"));
        History.Add(new Term(100 + (changes / 2) - 1, "o2")); // entry s is put at the store's revision 100 + s
        History.Add(new Cut("relay-1", 10 * Step, 20 * Step, 3_000));
        for (var second = 1; second < changes + 40; second++) History.Add(new Freshness("relay-1", second * Step, second is > 12 and < 21));
        History.Add(new Mark(Mark.Healed, end, end / 1_000_000));
        foreach (var process in new[] { "cart-1", "search-1" }) History.Add(new Follower(process, [Cart, Search]));
    }

    public List<RawEntry> Entries { get; } = [];

    public List<HistoryLine> History { get; } = [];

    public List<ClientLine> Journals { get; } = [];

    public List<RawLog> Copies { get; } = [];

    /// <summary>What the store's index says instead of what the entries say.</summary>
    public Dictionary<string, long> Index { get; } = new(StringComparer.Ordinal);

    public RawLog Log => LogOf("the log", Entries);

    public RawLog LogOf(string source, IReadOnlyList<RawEntry> entries)
    {
        var requests = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var entry in entries) requests.TryAdd(entry.RequestId, entry.Revision.Sequence);
        foreach (var (requestId, sequence) in Index) requests[requestId] = sequence;
        return new(source, entries, [.. Enumerable.Range(1, entries.Count).Select(place => (long)place)], requests, entries.Count == 0 ? new(1, 0) : entries[^1].Revision, entries.Count == 0 ? s_none : entries[^1].Hash);
    }

    public Verdict Judge() => Checker.Invariants.Judge.Check(new Evidence(History, Journals, Log, Copies));

    /// <summary>Appends an entry that follows, or one like it.</summary>
    public RawEntry Append(string requestId, string name, IEnumerable<(string Key, string Value)>? changes = null)
    {
        var entry = Entry(Entries.Count + 1, Entries.Count == 0 ? s_none : Entries[^1].Hash, requestId, name, changes ?? []);
        Entries.Add(entry);
        return entry;
    }

    /// <summary>The bytes of an entry, by docs/reference/log-format.md.</summary>
    public static RawEntry Entry(long sequence, string previousHash, string requestId, string name, IEnumerable<(string Key, string Value)> changes)
    {
        var body = changes.SelectMany(change => Field(1, [.. Text(1, change.Key), .. Field(3, Text(1, change.Value))])).ToArray();
        return RawEntry.Parse((byte[])[.. Number(2, 1), .. Number(3, (ulong)sequence), .. Field(4, Convert.FromHexString(previousHash)), .. Text(6, requestId), .. Text(10, name), .. Field(body.Length > 0 ? 16 : 17, body)], 100 + sequence);
    }

    public static Operation Read(string name, Position revision, long at, NamespaceVersion version) => new()
    {
        Process = "reader", Kind = OperationKind.Read, Namespace = name, Start = at, End = at + (Step / 10), Outcome = Outcome.Ok, Revision = revision,
        StateRoot = version.StateRoot, Values = version.Values, Consistency = revision.Sequence % 3 == 0 ? Consistency.AtLeast : Consistency.Linearizable, AtLeast = revision.Sequence % 3 == 0 ? revision : null,
    };

    /// <summary>The first line of the history that fits gives way to another.</summary>
    public void Change<T>(Func<T, bool> which, Func<T, T> how) where T : HistoryLine
    {
        var at = History.FindIndex(line => line is T fitting && which(fitting));
        History[at] = how((T)History[at]);
    }

    private static byte[] Text(int number, string text) => Field(number, Encoding.UTF8.GetBytes(text));

    private static byte[] Field(int number, byte[] bytes) => [.. Varint(((ulong)number << 3) | 2), .. Varint((ulong)bytes.Length), .. bytes];

    private static byte[] Number(int number, ulong value) => [.. Varint((ulong)number << 3), .. Varint(value)];

    private static IEnumerable<byte> Varint(ulong value)
    {
        for (; value >= 0x80; value >>= 7) yield return (byte)(value | 0x80);
        yield return (byte)value;
    }
}
