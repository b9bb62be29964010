// SPDX-License-Identifier: Apache-2.0
using Heliograph.Simulation.Disk;
using Heliograph.Simulation.Kernel;
using Heliograph.Simulation.Network;

namespace Heliograph.Simulation.Faults;

/// <summary>What the nemesis may do to a machine.</summary>
/// <param name="Host">The machine.</param>
/// <param name="MayLoseBytes">Whether stored bits may flip: not where the only copy of the log is.</param>
/// <param name="MayAge">Whether it may come back with an older disk, or as two: not a machine whose disk is the truth.</param>
/// <param name="OnAged">Called when it gets an older disk: promises about what it had seen since are void.</param>
/// <param name="Copy">Makes a second machine of its identity with the given disk; <see langword="null"/>: it cannot be cloned.</param>
public sealed record Victim(SimHost Host, bool MayLoseBytes = true, bool MayAge = true, Action? OnAged = null, Func<SimTree, SimHost>? Copy = null);

/// <summary>Does something bad to someone every now and then: the faults that begin at a moment, not with an operation.</summary>
public sealed class Nemesis
{
    private static readonly Fault[] _lossesOfBytes = [Fault.LostWrites, Fault.PartOfWrites, Fault.TornWrite], _lossesOfNames = [Fault.RenameWithoutData, Fault.DirectoryEntryLost];

    private readonly SimScheduler _scheduler;
    private readonly SimNetwork _network;
    private readonly FaultMenu _menu;
    private readonly IReadOnlyList<Victim> _victims;
    private readonly Random _random;
    private readonly List<(Fault Fault, Action Act)> _repertoire = [];
    private readonly Dictionary<Victim, SimTree> _images = [];
    private readonly List<SimHost> _clones = [];
    private bool _isOver;

    /// <summary>Makes a nemesis that has not begun.</summary>
    public Nemesis(SimScheduler scheduler, SimNetwork network, FaultMenu menu, IReadOnlyList<Victim> victims)
    {
        (_scheduler, _network, _menu, _victims) = (scheduler, network, menu, victims);
        _random = scheduler.NewRandom("nemesis");
        AddNetwork();
        AddMachines();
    }

    /// <summary>How long it rests between two deeds, typically.</summary>
    public TimeSpan Rest { get; init; } = TimeSpan.FromSeconds(0.7);

    /// <summary>Begins, and goes on until <see cref="Heal"/>.</summary>
    public void Begin() => _scheduler.After(_random.HeavyTail(Rest / 2, 8 * Rest), () =>
    {
        if (_isOver) return;
        var possible = _repertoire.Where(deed => _menu.IsOn(deed.Fault)).ToArray();
        if (possible.Length > 0) _random.Pick(possible).Act();
        TakeImage();
        Begin();
    });

    /// <summary>It is over: links are whole, disks writable, clocks right, copies gone, everyone runs.</summary>
    public void Heal()
    {
        _isOver = true;
        _menu.Heal();
        foreach (var clone in _clones) clone.Retire();
        _network.Heal();
        foreach (var host in _victims.Select(victim => victim.Host))
        {
            (host.Disk.IsFull, host.Disk.IsReadOnly) = (false, false);
            host.Clock.Correct();
            host.Process?.Resume();
            host.Boot();
        }
    }

    private void AddNetwork()
    {
        Can(Fault.OneWayCut, () => OnLink(link => Cut(link, Some(1, 25))));
        Can(Fault.NarrowLink, () => OnLink(link => Undo(() => link.BytesPerSecond = 1_024 << _random.Next(6), () => link.BytesPerSecond = null, Some(3, 20))));
        Can(Fault.SwizzleClog, SwizzleClog);
        Can(Fault.HalfOpen, () => OnConnection(connection => connection.HalfOpen()));
        Can(Fault.Reset, () => OnConnection(connection => connection.Reset()));
        Can(Fault.StalledReader, () => OnConnection(connection => connection.StallReader(Some(2, 40))));
    }

    private void AddMachines()
    {
        foreach (var fault in _lossesOfBytes) _repertoire.Add((fault, () => Ambush(disk => disk.HasPendingWrites))); // counted by what the disk loses
        foreach (var fault in _lossesOfNames) _repertoire.Add((fault, () => Ambush(disk => disk.HasUnflushedNames)));
        Can(Fault.Kill, () => Down(Anyone(), host => host.Kill()));
        Can(Fault.Pause, () => Anyone().Pause(_random.HeavyTail(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1))));
        _repertoire.Add((Fault.DiskFull, () => Undo(disk => disk.IsFull = true, disk => disk.IsFull = false))); // counted by what they refuse
        _repertoire.Add((Fault.ReadOnlyDisk, () => Undo(disk => disk.IsReadOnly = true, disk => disk.IsReadOnly = false)));
        _repertoire.Add((Fault.BitFlipAtRest, FlipBit));
        _repertoire.Add((Fault.OlderDisk, AgeDisk));
        _repertoire.Add((Fault.TwoCopies, CloneSomeone));
        Can(Fault.ClockSkew, () => OnClock(clock => clock.StepBy(_random.Between(-TimeSpan.FromHours(1), TimeSpan.FromHours(1)))));
        Can(Fault.ClockDrift, () => OnClock(clock => clock.Drift(_random.Next(-200, 201))));
        Can(Fault.ClockStep, () => OnClock(clock => clock.StepBy(_random.Between(-TimeSpan.FromDays(3), TimeSpan.FromDays(3)))));
        Can(Fault.Clock1970, () => Down(Anyone(), host =>
        {
            host.Kill();
            host.Clock.ForgetTime();
        }));
    }

    private void Can(Fault fault, Action act) => _repertoire.Add((fault, () =>
    {
        _menu.Count(fault);
        act();
    }));

    private SimHost Anyone() => _random.Pick(_victims).Host;

    private TimeSpan Some(double least, double most) => _random.Between(TimeSpan.FromSeconds(least), TimeSpan.FromSeconds(most));

    private void OnLink(Action<SimLink> act)
    {
        if (_network.Links.Count > 0) act(_random.Pick([.. _network.Links]));
    }

    private void OnConnection(Action<SimConnection> act)
    {
        if (_network.Connections.Count > 0) act(_random.Pick(_network.Connections));
    }

    private void OnClock(Action<SimClock> act)
    {
        var host = Anyone();
        act(host.Clock);
        _scheduler.Tell(host.Name, $"has clock {host.Clock.UtcNow:O}");
    }

    private void Cut(SimLink link, TimeSpan duration)
    {
        if (_isOver) return;
        _scheduler.Tell("network", $"{link.From} -> {link.To} is cut for {duration.TotalSeconds:0.0} s");
        Undo(link.Cut, link.Mend, duration);
    }

    private void SwizzleClog()
    {
        var name = Anyone().Name;
        var links = _network.Links.Where(link => link.From == name || link.To == name).ToArray();
        _random.Shuffle(links);
        var all = Some(1, 10);
        _scheduler.Tell("network", $"{name} is clogged");
        foreach (var link in links) _scheduler.After(_random.Between(TimeSpan.Zero, all), () => Cut(link, Some(1, 10)));
    }

    private void Undo(Action<SimDisk> begin, Action<SimDisk> end)
    {
        var disk = Anyone().Disk;
        Undo(() => begin(disk), () => end(disk), Some(1, 12));
    }

    private void Undo(Action begin, Action end, TimeSpan after)
    {
        if (_isOver) return;
        begin();
        _scheduler.After(after, end);
    }

    private void Down(SimHost host, Action<SimHost> how)
    {
        how(host);
        _scheduler.After(Some(0.05, 8), host.Boot);
    }

    /// <summary>Waits for a moment at which one machine, or any, has something to lose, and takes its power then: at any other, a cut loses nothing.</summary>
    private void Ambush(Func<SimDisk, bool> isOpen)
    {
        List<(SimHost Host, Action Look)> laid = [];
        void Spring(SimHost host)
        {
            if (laid.Count == 0) return;
            foreach (var (watched, look) in laid) watched.Disk.Changed -= look;
            laid.Clear();
            if (!_isOver) Down(host, victim => victim.CutPower());
        }
        var hosts = _random.Chance(0.4) ? [Anyone()] : _victims.Select(victim => victim.Host).ToList();
        foreach (var host in hosts)
        {
            void Look()
            {
                if (_random.Chance(0.2) && isOpen(host.Disk)) _scheduler.After(TimeSpan.Zero, () => Spring(host));
            }
            laid.Add((host, Look));
            host.Disk.Changed += Look;
        }
        _scheduler.After(Some(1, 6), () => Spring(_random.Pick(hosts)));
    }

    private void FlipBit()
    {
        var victim = _random.Pick(_victims);
        if (!victim.MayLoseBytes || victim.Host.Disk.FlipBit() is not { } path) return;
        _menu.Count(Fault.BitFlipAtRest);
        _scheduler.Tell(victim.Host.Name, $"has a flipped bit in {path}");
        if (_random.Chance(0.5)) Down(victim.Host, host => host.Kill()); // so that someone reads it
    }

    /// <summary>Remembers a disk as it is now, to come back to.</summary>
    private void TakeImage()
    {
        var victim = _random.Pick(_victims);
        if (victim.MayAge && _menu.IsOn(Fault.OlderDisk) && _random.Chance(0.5)) _images[victim] = victim.Host.Disk.Image();
    }

    private void AgeDisk()
    {
        var victim = _random.Pick(_victims);
        if (!_images.TryGetValue(victim, out var image)) return;
        _menu.Count(Fault.OlderDisk);
        _scheduler.Tell(victim.Host.Name, "comes back with an older disk");
        victim.OnAged?.Invoke();
        Down(victim.Host, host =>
        {
            host.CutPower();
            host.Disk.Restore(image);
        });
    }

    private void CloneSomeone()
    {
        var victim = _random.Pick(_victims);
        if (victim.Copy is not { } clone) return;
        _menu.Count(Fault.TwoCopies);
        var copy = clone(victim.Host.Disk.Image());
        _clones.Add(copy);
        copy.Boot();
        _scheduler.After(Some(3, 20), copy.Retire);
    }
}
