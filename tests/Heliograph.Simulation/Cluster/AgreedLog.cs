// SPDX-License-Identifier: Apache-2.0
using Google.Protobuf;
using Heliograph.Core.Log;
using Heliograph.Simulation.Checkers;
using Heliograph.Simulation.Etcd;
using Heliograph.Storage.Etcd.Layout;
using Heliograph.Storage.Etcd.Wire;

namespace Heliograph.Simulation.Cluster;

/// <summary>The log as the members of etcd agree on it, and two promises that are judged where it grows: no entry is ever replaced (I2), and only the node that holds the right to append does (I12).</summary>
internal sealed class AgreedLog
{
    private readonly ClusterWorld _world;
    private readonly StoreKeys _keys;
    private readonly List<LogEntry> _entries = [];
    private string? _leaderBefore, _caller;
    private bool _hadHead;

    /// <summary>Looks on from now.</summary>
    public AgreedLog(ClusterWorld world)
    {
        (_world, _keys) = (world, new StoreKeys(world.Realm.Anchor.LogId));
        (world.Etcd.Agreeing, world.Etcd.WasAgreed) = (Before, After);
    }

    /// <summary>All entries.</summary>
    public IReadOnlyList<LogEntry> Entries => _entries;

    /// <summary>Who may append, by etcd's word; <see langword="null"/>: nobody.</summary>
    public string? Leader => _world.Etcd.Truth.Find(_keys.Leader) is { } row ? LeaderRecord.Decode(row.Value.Span)?.Node : null;

    /// <summary>How often the right to append went to another node.</summary>
    public int Successions { get; private set; }

    private void Before(IMessage command, string caller) => (_leaderBefore, _caller, _hadHead) = (Leader, caller, _world.Etcd.Truth.Find(_keys.Head) is not null);

    private void After(Applied applied)
    {
        foreach (var happened in applied.Events.Where(happened => happened.Type == Event.Types.EventType.Put))
        {
            var row = happened.Kv;
            if (row.Key == _keys.Leader && Leader is { } node && node != _leaderBefore)
            {
                Successions++;
                _world.Scheduler.Tell(node, "may append");
            }
            if (row.Key == _keys.Head && _hadHead && _caller != _leaderBefore) Violated("I12", $"{_caller} appended, and {_leaderBefore ?? "nobody"} held the right to.");
            if (_keys.SequenceOf(row.Key) is { } sequence) Take(sequence, row.Value);
        }
    }

    private void Take(long sequence, ByteString value)
    {
        var entry = LogEntry.TryParse(BytesOf(value), out var parsed, out var error) ? parsed : throw new InvalidOperationException(error);
        _world.Judge(() => _world.History.Entry(entry, "etcd"));
        if (sequence != _entries.Count + 1) Violated("I2", $"an entry was written at {sequence}, and the log ended at {_entries.Count}.");
        else _entries.Add(entry);
    }

    private ReadOnlyMemory<byte> BytesOf(ByteString value)
    {
        if (EntryRecord.Decode(value.Memory) is EntryRecord.Inline inline) return inline.Bytes;
        var chunked = (EntryRecord.Chunked)EntryRecord.Decode(value.Memory)!;
        var whole = _world.Etcd.Truth.Range(new RangeRequest { Key = _keys.Chunk(chunked.Batch, 0), RangeEnd = _keys.Chunk(chunked.Batch, ushort.MaxValue) }).Kvs.SelectMany(chunk => chunk.Value).ToArray();
        return whole.AsMemory(chunked.Offset, chunked.Length);
    }

    private void Violated(string invariant, string what) => _world.Judge(() => throw new ViolationException(invariant, what));
}
