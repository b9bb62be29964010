// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using System.Globalization;
using Heliograph.Chaos.Checker.Histories;
using Heliograph.Chaos.Checker.Invariants;
using Heliograph.Chaos.Checker.Stores;
using Heliograph.Chaos.Faults;
using Heliograph.Chaos.Recording;
using Heliograph.Chaos.Rigs;
using Heliograph.Chaos.Traffic;

namespace Heliograph.Chaos;

/// <summary>What a campaign came to.</summary>
/// <param name="Store">Over which store.</param>
/// <param name="Seconds">How long faults were struck.</param>
/// <param name="Faults">How often each was struck; those that this machine cannot do are not in it.</param>
/// <param name="Skipped">What was not struck, and why.</param>
/// <param name="Verdict">The judge's.</param>
/// <param name="LongestWriteStall">The longest time in which nobody's change was acknowledged.</param>
/// <param name="LongestReadStall">And in which nobody's read was answered.</param>
/// <param name="Evidence">All that was recorded.</param>
internal sealed record CampaignResult(string Store, double Seconds, IReadOnlyDictionary<string, int> Faults, IReadOnlyList<string> Skipped, Verdict Verdict, TimeSpan LongestWriteStall, TimeSpan LongestReadStall, Evidence Evidence);

/// <summary>Faults, one after the other, in an order that the seed draws, under a crowd that never stops; then peace, and the judge.</summary>
/// <param name="only">Names of the faults that are struck; empty for all.</param>
internal sealed class Campaign(IRig rig, int seed, TimeSpan duration, IReadOnlyCollection<string> only, Action<string> say)
{
    private const int Authors = 6, Readers = 3;

    private readonly Dictionary<string, int> _struck = new(StringComparer.Ordinal);
    private readonly List<string> _skipped = [];
    private readonly Random _random = new(seed);

    public async Task<CampaignResult> RunAsync(Recorder recorder, CancellationToken cancellationToken)
    {
        await rig.StartAsync(recorder, seed);
        await using var crowd = new Crowd(recorder, rig.Endpoints, rig.Namespaces, rig.HasFollowers, seed).Start(Authors, Readers);
        await crowd.MoreAsync(20, cancellationToken);
        var began = Stopwatch.GetTimestamp();
        await StrikeAsync(recorder, crowd, cancellationToken);
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;

        await crowd.StopAsync();
        if (crowd.Unexpected.TryPeek(out var unexpected)) throw new InvalidDataException($"{rig.Name}, seed {seed}: an answer that nothing explains: {unexpected}");
        recorder.Healed();
        foreach (var follower in rig.Followers) recorder.Add(new Follower(follower, rig.Namespaces));
        await LevelAsync(crowd, cancellationToken);
        var evidence = new Evidence(recorder.Read(), [.. rig.Followers.SelectMany(rig.Journal)], await rig.ReadStoreAsync(), []);
        return new(rig.Name, seconds, _struck, _skipped, Judge.Check(evidence), crowd.LongestWriteStall, crowd.LongestReadStall, evidence);
    }

    /// <summary>Every fault once before any comes again, in ever another order, until the time is over.</summary>
    private async Task StrikeAsync(Recorder recorder, Crowd crowd, CancellationToken cancellationToken)
    {
        var wanted = rig.Faults.Where(fault => only.Count == 0 || only.Contains(fault.Name)).ToList();
        if (wanted.Count == 0) throw new ArgumentException($"None of {string.Join(", ", only)} is a fault over {rig.Name}.");
        var possible = wanted.Where(fault => fault.Missing is null).ToList();
        if (possible.Count == 0) throw new InvalidOperationException($"This machine can do none of the faults that were asked for over {rig.Name}.");
        _skipped.AddRange(wanted.Where(fault => fault.Missing is not null).Select(fault => $"{fault.Name}: needs {fault.Missing}"));
        for (var clock = Stopwatch.StartNew(); ;)
            foreach (var fault in possible.OrderBy(_ => _random.Next()).ToList())
            {
                if (clock.Elapsed > duration) return;
                var from = recorder.Now;
                var target = await fault.StrikeAsync(_random);
                recorder.Add(new Strike(fault.Name, target, from, recorder.Now));
                _struck[fault.Name] = _struck.GetValueOrDefault(fault.Name) + 1;
                say(string.Create(CultureInfo.InvariantCulture, $"{clock.Elapsed.TotalSeconds,6:0.0} s {fault.Name} {target}; {crowd.Acknowledged} acknowledged"));
                await crowd.MoreAsync(10, cancellationToken); // it is mended when changes are taken again
                if (!crowd.Unexpected.IsEmpty) return;
            }
    }

    /// <summary>Gives followers as long as they have. Who is not level then is the judge's.</summary>
    private async Task LevelAsync(Crowd crowd, CancellationToken cancellationToken)
    {
        for (var waiting = Stopwatch.StartNew(); waiting.Elapsed < TimeSpan.FromMilliseconds(Convergence.LimitMs) && !IsLevel(); await Task.Delay(200, cancellationToken))
        {
        }

        bool IsLevel() => rig.Followers.All(follower => crowd.Namespaces.All(name => rig.Journal(follower).LastOrDefault(line => line.Namespace == name)?.Revision.CompareTo(crowd.Last[name]) >= 0));
    }
}
