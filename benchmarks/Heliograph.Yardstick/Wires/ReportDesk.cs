// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using Google.Protobuf;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;
using Heliograph.Yardstick.Load;

namespace Heliograph.Yardstick.Wires;

/// <summary>What subscribers report of themselves, as the product's follower does: once a change is applied, at most once an interval each, and spread as far as the server asks for with its heads.</summary>
/// <remarks>A report is encoded once for all who say the same; only the instance's id is written into it.</remarks>
internal sealed class ReportDesk(string name, TimeSpan interval)
{
    private const string IdOfAll = "app-000000";
    private const int RootsKept = 4_096, AtOnceMax = 64;
    private const ulong SpreadMsMax = 60_000;

    private static readonly string[] Regions = ["eu-central", "us-east", "ap-south"], Rings = ["canary", "broad"];

    private readonly long _intervalTicks = (long)(interval.TotalSeconds * Stopwatch.Frequency);
    private readonly Random _random = new(20_27);
    private readonly PriorityQueue<Subscriber, long> _due = new();
    private readonly Dictionary<Revision, byte[]> _roots = [];
    private readonly Queue<Revision> _rootOrder = new();
    private readonly Dictionary<(Revision Revision, int Kind), (byte[] Frame, int IdAt)> _frames = [];

    /// <summary>Reports sent.</summary>
    public long Sent { get; private set; }

    /// <summary>Who an instance is.</summary>
    public static Instance InstanceOf(int index) => new()
    {
        Id = Id(index), Service = "checkout", Region = Regions[index % Regions.Length], Zone = "a", Ring = Rings[index % Rings.Length], Version = "1.42.0", Host = "host-000000",
    };

    /// <summary>The state root that was signed for a revision.</summary>
    public void Learn(Revision revision, ReadOnlySpan<byte> root)
    {
        if (!_roots.TryAdd(revision, [])) return;
        _roots[revision] = root.ToArray();
        _rootOrder.Enqueue(revision);
        if (_rootOrder.Count > RootsKept) _roots.Remove(_rootOrder.Dequeue());
    }

    /// <summary>A subscriber has applied something.</summary>
    public void Applied(Subscriber subscriber, SyncState state)
    {
        if (state.IsReportDue) return;
        state.IsReportDue = true;
        state.ReportEarly = state.ReportSpread > _intervalTicks ? (long)(_random.NextDouble() * state.ReportSpread) : 0;
        _due.Enqueue(subscriber, Math.Max(Stopwatch.GetTimestamp(), state.QuietUntil) + state.ReportEarly);
    }

    /// <summary>The server asked for a spread of reports, in milliseconds; 0: it did not.</summary>
    public static void Spread(SyncState state, ulong milliseconds)
    {
        if (milliseconds > 0) state.ReportSpread = (long)Math.Min(milliseconds, SpreadMsMax) * Stopwatch.Frequency / 1_000;
    }

    /// <summary>Milliseconds until a report is due, at most <paramref name="most"/>. Rounded up: a client that looks again at once would take the server's processor.</summary>
    public int MillisecondsToDue(long now, int most) =>
        _due.TryPeek(out _, out var due) ? (int)Math.Clamp(Math.Ceiling((due - now) * 1_000.0 / Stopwatch.Frequency), 0, most) : most;

    /// <summary>Sends what is due, some at a time.</summary>
    public void Speak(long now, Action<Subscriber, ReadOnlySpan<byte>> send)
    {
        for (var i = 0; i < AtOnceMax && _due.TryPeek(out _, out var due) && due <= now; i++)
        {
            var subscriber = _due.Dequeue();
            var state = (SyncState)subscriber.State!;
            state.IsReportDue = false;
            if (subscriber is not { IsOpen: true, IsClosed: false }) continue;
            state.QuietUntil = now + Math.Max(state.ReportSpread - state.ReportEarly, _intervalTicks);
            send(subscriber, FrameFor(subscriber.Index, state.Position));
            Sent++;
        }
    }

    private byte[] FrameFor(int index, Revision revision)
    {
        var kind = index % (Regions.Length * Rings.Length);
        if (!_frames.TryGetValue((revision, kind), out var known))
        {
            if (_frames.Count > 64) _frames.Clear();
            var frame = Encode(kind, revision);
            known = _frames[(revision, kind)] = (frame, frame.AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(IdOfAll)));
        }
        WriteId(known.Frame.AsSpan(known.IdAt), index);
        return known.Frame;
    }

    private byte[] Encode(int kind, Revision revision)
    {
        var instance = InstanceOf(kind);
        instance.Id = IdOfAll;
        var root = UnsafeByteOperations.UnsafeWrap(_roots.GetValueOrDefault(revision, []));
        return Frame.Encode(FrameType.Status, new Status
        {
            Namespaces =
            {
                new NamespaceStatus
                {
                    Namespace = name,
                    Cohorts = { new Cohort { Revision = revision.ToWire(), StateRoot = root, Region = instance.Region, Ring = instance.Ring, Count = 1 } },
                    Instances = { new InstanceStatus { Instance = instance, Revision = revision.ToWire(), StateRoot = root, AppliedAtMs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() } },
                },
            },
        });
    }

    private static string Id(int index)
    {
        var id = System.Text.Encoding.ASCII.GetBytes(IdOfAll);
        WriteId(id, index);
        return System.Text.Encoding.ASCII.GetString(id);
    }

    private static void WriteId(Span<byte> id, int index)
    {
        for (var i = IdOfAll.Length - 1; i >= 4; i--, index /= 10) id[i] = (byte)('0' + index % 10);
    }
}
