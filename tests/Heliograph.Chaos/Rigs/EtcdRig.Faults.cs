// SPDX-License-Identifier: Apache-2.0
using Heliograph.Chaos.Faults;
using Heliograph.Cluster.Tests;
using Heliograph.Storage.Etcd.Tests.Support;

namespace Heliograph.Chaos.Rigs;

/// <summary>What goes wrong with origins, members of etcd, and the network between them.</summary>
internal sealed partial class EtcdRig
{
    private const int LeaseMs = 3_000;

    public IReadOnlyList<Fault> Faults =>
    [
        new("KillSequencer", async _ => await RestartAsync(await _cluster.SequencerAsync())),
        new("KillOrigin", random => RestartAsync(AnyOrigin(random))),
        new("PauseSequencerPastItsLease", PauseSequencerAsync),
        new("KillMember", random => LoseMembersAsync(random, 1)),
        new("LoseTwoMembers", random => LoseMembersAsync(random, 2)),
        new("PauseMember", PauseMemberAsync),
        new("CutSequencerFromEtcd", CutSequencerAsync, _noNetwork),
        new("MuteOrigin", MuteOriginAsync, _noNetwork),
        new("PartitionMember", PartitionMemberAsync, _noNetwork),
        new("OneWayPartitionMember", OneWayPartitionAsync, _noNetwork),
        new("PartitionEveryMember", PartitionAllAsync, _noNetwork),
        new("ResetConnections", ResetConnectionsAsync, _noNetwork),
        new("FlushErrorAtMember", random => FlushAsync("error=EIO", random), Syscalls.Missing),
        new("CrashAtFlushOfMember", random => FlushAsync("signal=SIGKILL", random), Syscalls.Missing),
    ];

    private int[] Clients => [.. _cluster.Etcd.Select(member => member.Address.Port)];

    private ClusterOrigin AnyOrigin(Random random) => _cluster.Origins[random.Next(_cluster.Origins.Count)];

    private EtcdProcess AnyMember(Random random) => _cluster.Etcd[random.Next(_cluster.Etcd.Count)];

    private static async Task<string> RestartAsync(ClusterOrigin origin)
    {
        await origin.KillAsync();
        await origin.StartAsync();
        return origin.Id;
    }

    /// <summary>It wakes up believing what is no longer so.</summary>
    private async Task<string> PauseSequencerAsync(Random random)
    {
        var sequencer = await _cluster.SequencerAsync();
        await sequencer.PauseAsync();
        await Task.Delay(LeaseMs + random.Next(1_500, 4_000));
        await sequencer.ResumeAsync();
        return sequencer.Id;
    }

    private async Task<string> LoseMembersAsync(Random random, int count)
    {
        var lost = _cluster.Etcd.OrderBy(_ => random.Next()).Take(count).ToList();
        foreach (var member in lost) member.KillNow();
        await Task.Delay(random.Next(1_000, 4_000));
        foreach (var member in lost) member.Start();
        return string.Join(", ", lost.Select(member => member.Name));
    }

    private async Task<string> PauseMemberAsync(Random random)
    {
        var member = AnyMember(random);
        member.Pause();
        await Task.Delay(random.Next(1_000, 5_000));
        member.Resume();
        return member.Name;
    }

    /// <summary>It can renew nothing and append nothing, and everyone else can.</summary>
    private async Task<string> CutSequencerAsync(Random random)
    {
        var sequencer = await _cluster.SequencerAsync();
        await _network!.CutAsync(sequencer.Id, Clients);
        await Task.Delay(LeaseMs + random.Next(1_500, 4_000));
        await _network.HealAsync();
        return sequencer.Id;
    }

    /// <summary>One way: it hears everyone, and nobody hears it; whoever forwards to it does not know what became of it.</summary>
    private async Task<string> MuteOriginAsync(Random random)
    {
        var origin = AnyOrigin(random);
        await _network!.MuteAsync(origin.Id, [origin.Api.BaseAddress!.Port, new Uri(origin.Sync).Port]);
        await Task.Delay(random.Next(2_000, 5_000));
        await _network.HealAsync();
        return origin.Id;
    }

    /// <summary>Neither the others nor origins reach it, nor it them.</summary>
    private async Task<string> PartitionMemberAsync(Random random)
    {
        var member = AnyMember(random);
        await CutOffAsync(member);
        await Task.Delay(random.Next(2_000, 6_000));
        await _network!.HealAsync();
        return member.Name;
    }

    /// <summary>It hears the others, but they do not hear it.</summary>
    private async Task<string> OneWayPartitionAsync(Random random)
    {
        var member = AnyMember(random);
        await _network!.CutAsync(member.Name, _cluster.Etcd.Where(other => other != member).Select(other => other.PeerPort));
        await Task.Delay(random.Next(2_000, 6_000));
        await _network.HealAsync();
        return member.Name;
    }

    /// <summary>No two members reach each other: there is no quorum anywhere.</summary>
    private async Task<string> PartitionAllAsync(Random random)
    {
        foreach (var member in _cluster.Etcd) await _network!.CutAsync(member.Name, _cluster.Etcd.Where(other => other != member).Select(other => other.PeerPort));
        await Task.Delay(random.Next(1_500, 4_000));
        await _network!.HealAsync();
        return "all members";
    }

    private async Task<string> ResetConnectionsAsync(Random random)
    {
        var ports = random.Next(2) == 0 ? Clients : [.. _cluster.Origins.Select(origin => origin.Api.BaseAddress!.Port)];
        await _network!.ResetAsync(ports);
        await Task.Delay(random.Next(200, 1_500));
        await _network.HealAsync();
        return string.Join(", ", ports);
    }

    /// <summary>etcd ends when a flush fails, as it must.</summary>
    private async Task<string> FlushAsync(string what, Random random)
    {
        var (member, nth) = (AnyMember(random), random.Next(1, 20));
        if (!await Syscalls.InjectAsync(member.Id, what, nth, () => member.IsRunning)) throw new InvalidDataException($"{member.Name} goes on after a flush ended with {what}.");
        member.Start();
        return $"{member.Name}: flush {nth}, {what}";
    }

    private async Task CutOffAsync(EtcdProcess member)
    {
        await _network!.CutAsync(member.Name, _cluster.Etcd.Where(other => other != member).Select(other => other.PeerPort));
        foreach (var other in _cluster.Etcd.Where(other => other != member)) await _network.CutAsync(other.Name, [member.PeerPort]);
        foreach (var origin in _cluster.Origins) await _network.CutAsync(origin.Id, [member.Address.Port]);
    }
}
