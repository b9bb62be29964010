// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using Heliograph.Core.Log;
using Heliograph.Core.Sequencing;
using Heliograph.Simulation.Checkers;
using Heliograph.Simulation.Kernel;

namespace Heliograph.Simulation.Cluster;

/// <summary>Authors and readers who ask any origin, and write down when they asked, when they were answered, and with what.</summary>
internal sealed class ClusterCallers(ClusterWorld world)
{
    private const int Keys = 3, LargeValueChars = 300 << 10;

    private static readonly NamespaceName[] _names = [NamespaceName.Parse("shop.web"), NamespaceName.Parse("shop.cart")];
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(14), _persistence = TimeSpan.FromSeconds(45);

    private readonly Random _random = world.Scheduler.NewRandom("callers");
    private long _lastId, _newest;

    /// <summary>Whether the namespaces are there: then everyone may write.</summary>
    public bool IsReady { get; private set; }

    /// <summary>Makes the namespaces, then lets authors and readers loose.</summary>
    public async Task BeginAsync(int authors, int readers)
    {
        foreach (var name in _names) await WriteAsync(new Submission.Create(name, "", "amy", NextId()), "");
        IsReady = true;
        for (var i = 0; i < authors; i++) world.Scheduler.Own(AuthorAsync());
        for (var i = 0; i < readers; i++) world.Scheduler.Own(ReaderAsync());
    }

    /// <summary>A last change to each namespace, when everything is well again.</summary>
    public async Task FinishAsync()
    {
        foreach (var name in _names) await WriteAsync(Put(name, null), KeyOf(name, 0));
        await ReadAsync(CallKind.LinearizableRead);
    }

    /// <summary>The log, as calls are compared with it.</summary>
    public static IReadOnlyList<Written> WrittenIn(IReadOnlyList<LogEntry> log) => [.. log.Select(entry => entry.Content.ChangeSettings is { Changes: [var change, ..] }
        ? new Written(entry.Content.RequestId, $"{entry.Content.Namespace}/{change.Key}", change.Put.Value.ToStringUtf8()) : new Written(entry.Content.RequestId, entry.Content.Namespace + "/", ""))];

    private async Task AuthorAsync()
    {
        while (!world.IsHealed)
        {
            await world.Scheduler.Delay(_random.HeavyTail(TimeSpan.FromMilliseconds(250), TimeSpan.FromSeconds(4)));
            await ChangeAsync();
            if (!_random.Chance(0.1)) continue;
            for (var i = _random.Next(2, 30); i > 0; i--) world.Scheduler.Own(ChangeAsync()); // a deployment: they meet in batches
        }
    }

    private async Task ChangeAsync()
    {
        var (name, key) = (_random.Pick(_names), _random.Next(Keys));
        Answer? seen = null;
        if (_random.Chance(0.2)) seen = await AskAsync(face => face.ReadAsync(name, SettingKey.Create(Text(key)), 0, _random.Chance(0.5))); // read, then write what rests on it
        await WriteAsync(Put(name, seen is { StoodAt: > 0 } ? seen.StoodAt : null, key), KeyOf(name, key));
    }

    private async Task ReaderAsync()
    {
        while (!world.IsHealed)
        {
            await world.Scheduler.Delay(_random.HeavyTail(TimeSpan.FromMilliseconds(120), TimeSpan.FromSeconds(3)));
            await ReadAsync(_random.Next(3) switch { 0 => CallKind.PlainRead, 1 => CallKind.MinRevisionRead, _ => CallKind.LinearizableRead });
        }
    }

    private async Task ReadAsync(CallKind kind)
    {
        var (name, key, least, began) = (_random.Pick(_names), _random.Next(Keys), kind == CallKind.MinRevisionRead ? _newest : 0, world.Scheduler.Now);
        var answer = await AskAsync(face => face.ReadAsync(name, SettingKey.Create(Text(key)), least, kind == CallKind.LinearizableRead));
        if (answer is not null) world.Calls.Add(new(kind, "read-" + Text(++_lastId), began, world.Scheduler.Now, answer.Revision.Sequence, KeyOf(name, key), answer.Value) { Least = least });
    }

    private async Task WriteAsync(Submission submission, string key)
    {
        var (began, id) = (world.Scheduler.Now, submission.RequestId);
        world.Acknowledged.Issued(id);
        var call = new Call(CallKind.Write, id, began, long.MaxValue, 0, key, null) { Expected = submission is Submission.Change { Changeset: { ExpectedRevision: { } expected } changeset } ? expected.Sequence : null };
        while (true)
        {
            var result = await AskAsync<SubmitResult>(async face => await face.SubmitAsync(submission));
            world.Scheduler.Tell("author", $"{id}: {result?.GetType().Name ?? "no answer"}");
            switch (result)
            {
                case SubmitResult.Committed committed: Acknowledged(call, committed.Entry); return;
                case SubmitResult.Duplicate duplicate: Acknowledged(call, duplicate.Entry); return;
                case null or SubmitResult.OutcomeUnknown: world.Acknowledged.MayBeWritten(id); break;
                case SubmitResult.Unavailable or SubmitResult.Overloaded or SubmitResult.ReadOnly: break;
                default:
                    world.Acknowledged.Refused(id);
                    return;
            }
            if (TimeSpan.FromTicks(world.Scheduler.Now - began) > _persistence)
            {
                world.Calls.Add(call); // whoever does not persist never knows
                return;
            }
            await world.Scheduler.Delay(_random.Between(TimeSpan.FromMilliseconds(20), TimeSpan.FromSeconds(1)));
        }
    }

    private void Acknowledged(Call call, LogEntry entry)
    {
        world.Judge(() => world.Acknowledged.Acknowledged(call.Id, entry.Revision, entry.Hash));
        world.Calls.Add(call with { ReturnedAt = world.Scheduler.Now, Sequence = entry.Revision.Sequence });
        _newest = Math.Max(_newest, entry.Revision.Sequence);
    }

    /// <summary>Asks one of the origins that run. No answer within the caller's patience is none; it may also be lost on its way.</summary>
    private Task<T?> AskAsync<T>(Func<ClusterFace, Task<T?>> ask) where T : class
    {
        var answered = new TaskCompletionSource<T?>(TaskCreationOptions.RunContinuationsAsynchronously);
        world.Scheduler.After(_patience, () => answered.TrySetResult(null));
        var running = world.Running.Values.Where(origin => origin.Sequencer is not null).ToArray();
        if (running.Length == 0)
        {
            world.Scheduler.After(TimeSpan.FromMilliseconds(100), () => answered.TrySetResult(null));
            return answered.Task;
        }
        var origin = _random.Pick(running);
        var isLost = _random.Chance(0.02) && !world.IsHealed;
        world.Scheduler.After(Latency(), () => origin.Process.Run(_ => world.Scheduler.Own(AnswerAsync()), null));
        return answered.Task;

        async Task AnswerAsync()
        {
            T? result;
            try
            {
                result = await ask(origin.Face);
            }
            catch (ObjectDisposedException) when (origin.IsStopping)
            {
                return; // its store is closed: the process ends, and whoever still asks it hears nothing
            }
            if (!isLost) world.Scheduler.After(Latency(), () => answered.TrySetResult(result));
        }
    }

    private Submission.Change Put(NamespaceName name, long? expected, int key = 0)
    {
        var id = NextId();
        var value = _random.Chance(0.02) ? id + new string('.', LargeValueChars) : id;
        return new(new Changeset(name, [new SettingOperation.Put(Setting.Of(Text(key), value))], "", expected is { } sequence ? new Revision(1, sequence) : null), "amy", id);
    }

    private TimeSpan Latency() => _random.Between(TimeSpan.FromMilliseconds(0.5), TimeSpan.FromMilliseconds(20));

    private string NextId() => "request-" + Text(++_lastId);

    private static string KeyOf(NamespaceName name, int key) => $"{name}/{Text(key)}";

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
