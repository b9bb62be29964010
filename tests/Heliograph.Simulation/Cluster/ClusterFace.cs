// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Log;
using Heliograph.Core.Sequencing;
using Heliograph.Core.State;
using Heliograph.Simulation.Kernel;
using Heliograph.Storage.Etcd;

namespace Heliograph.Simulation.Cluster;

/// <summary>What a read came to.</summary>
/// <param name="Revision">The revision of the log that it was answered at.</param>
/// <param name="Value">The value; <see langword="null"/>: nothing there.</param>
/// <param name="StoodAt">The sequence at which the namespace was changed last.</param>
internal sealed record Answer(Revision Revision, string? Value, long StoodAt);

/// <summary>An origin's face, as its HTTP API is one: any origin takes any change, and reads are as fresh as they ask to be. The rules are those of <c>WriteForwarder</c> and <c>OriginApi</c>.</summary>
internal sealed class ClusterFace(ClusterWorld world, ClusterOrigin origin)
{
    private static readonly TimeSpan _waitMax = TimeSpan.FromSeconds(10), _attempt = TimeSpan.FromSeconds(12), _pause = TimeSpan.FromMilliseconds(100);

    private readonly Random _random = world.Scheduler.NewRandom("face " + origin.Host.Name);

    /// <summary>Takes a change, or passes it to the origin that orders changes. Runs on the origin's process.</summary>
    public async Task<SubmitResult> SubmitAsync(Submission submission)
    {
        var time = origin.Process.Time;
        if (origin.Sequencer is not { } sequencer) return Unavailable();
        var (began, mayBeWritten) = (time.GetTimestamp(), false);
        while (time.GetElapsedTime(began) < _waitMax)
        {
            if (sequencer.ReadOnlyReason is null || sequencer.IsInRecovery) return await sequencer.SubmitAsync(submission, CancellationToken.None);
            if (await origin.Store!.FindLeaderAsync(CancellationToken.None) is StoreAnswer<EtcdLeader?>.Done { Value: { } leader } && leader.Node != origin.Host.Name)
            {
                var (answer, wasSent) = await TryAsync(leader.Node, submission);
                if (answer is not null)
                {
                    if (RevisionOf(answer) is { } revision) await origin.ReachAsync(revision);
                    return answer;
                }
                mayBeWritten |= wasSent;
            }
            await Task.Delay(_pause, time, CancellationToken.None);
        }
        return mayBeWritten ? new SubmitResult.OutcomeUnknown() : Unavailable();
    }

    /// <summary>Reads a setting. Runs on the origin's process.</summary>
    /// <returns><see langword="null"/>: it cannot be as fresh as was asked.</returns>
    public async Task<Answer?> ReadAsync(NamespaceName name, SettingKey key, long least, bool isLinearizable)
    {
        if (origin.Sequencer is not { } sequencer) return null;
        if (least > 0 && !await origin.ReachAsync(new Revision(1, least))) return null;
        if (isLinearizable)
        {
            if (await sequencer.ReadTipAsync(CancellationToken.None) is not StoreAnswer<LogTip>.Done { Value: var tip }) return null;
            if (!await origin.ReachAsync(tip.Revision)) return null;
        }
        var state = sequencer.Current.State;
        var found = state.Find(name);
        var recordKey = SettingRecord.KeyOf(key);
        var value = found is not null && found.Records.TryGet(recordKey, out var record) && SettingRecord.TryParse(recordKey, record.Span, out var setting) ? setting.Value : null;
        return new(state.Revision, value, found?.Revision.Sequence ?? 0);
    }

    /// <summary>Sends a change to another origin, once.</summary>
    private async Task<(SubmitResult? Answer, bool WasSent)> TryAsync(string leader, Submission submission)
    {
        var answered = new TaskCompletionSource<(SubmitResult?, bool)>(); // what waits for any of two would go on upon the thread pool
        await using var limit = origin.Process.Time.CreateTimer(_ => answered.TrySetResult((null, true)), null, _attempt, Timeout.InfiniteTimeSpan);
        Travel(origin.Host.Name, leader, () =>
        {
            if (!world.Running.TryGetValue(leader, out var other)) Travel(leader, origin.Host.Name, () => answered.TrySetResult((null, false))); // refused: nobody listens
            else other.Process.Run(_ => world.Scheduler.Own(OrderAsync(other, submission, answered)), null);
        });
        while (!answered.Task.IsCompleted)
        {
            if (await Task.WhenAny(answered.Task, Task.Delay(TimeSpan.FromSeconds(1), origin.Process.Time, CancellationToken.None)) == answered.Task) break;
            if (await origin.Store!.FindLeaderAsync(CancellationToken.None) is StoreAnswer<EtcdLeader?>.Done { Value: { } now } && now.Node != leader) answered.TrySetResult((null, true)); // it sleeps, and another was elected
        }
        return await answered.Task;
    }

    private async Task OrderAsync(ClusterOrigin other, Submission submission, TaskCompletionSource<(SubmitResult?, bool)> answered)
    {
        var result = other.Sequencer is { ReadOnlyReason: null } sequencer ? await sequencer.SubmitAsync(submission, CancellationToken.None) : Unavailable();
        Travel(other.Host.Name, origin.Host.Name, () => answered.TrySetResult(result is SubmitResult.Unavailable ? (null, false) : (result, true)));
    }

    private void Travel(string from, string to, Action arrive)
    {
        var link = world.Network.Link(from, to);
        if (link.IsCut) link.WhenMended(() => Travel(from, to, arrive));
        else world.Scheduler.After(_random.HeavyTail(link.Latency, TimeSpan.FromSeconds(2)), arrive);
    }

    private static Revision? RevisionOf(SubmitResult result) => result switch { SubmitResult.Committed it => it.Entry.Revision, SubmitResult.Duplicate it => it.Entry.Revision, _ => null };

    private static SubmitResult.Unavailable Unavailable() => new SubmitResult.Unavailable("No origin orders changes now.", TimeSpan.FromSeconds(1));
}
