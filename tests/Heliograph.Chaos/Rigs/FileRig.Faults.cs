// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using Heliograph.Chaos.Checker.Histories;
using Heliograph.Chaos.Faults;
using Heliograph.EndToEnd;

namespace Heliograph.Chaos.Rigs;

/// <summary>What goes wrong with one origin, its disk, and those below it.</summary>
internal sealed partial class FileRig
{
    public IReadOnlyList<Fault> Faults =>
    [
        new("KillOrigin", async _ => await RestartOriginAsync(KillAsync)),
        new("PauseOrigin", random => PauseAsync("o1", _fleet.Origin, random)),
        new("KillRelay", async _ => await RestartReplicaAsync(Relay, () => "")),
        new("KillAgent", async _ => await RestartReplicaAsync(Agent, () => "")),
        new("KillService", KillServiceAsync),
        new("PauseRelay", random => PauseAsync(Relay, _replicas[Relay].Process, random)),
        new("CutRelay", CutRelayAsync),
        new("OneWayCutRelay", random => HarmAsync(_toOrigin, Relay, 3_000, "blackhole on", random.Next(2) == 0 ? "direction up" : "direction down")),
        new("SlowLink", random => HarmAsync(random.Next(2) == 0 ? _toApi : _toOrigin, "a link", 3_000, $"latency {random.Next(20, 300)}ms", $"jitter {random.Next(100)}ms", $"bandwidth {random.Next(16, 256)}KiB")),
        new("ResetLink", random => HarmAsync(random.Next(2) == 0 ? _toApi : _toOrigin, "a link", 2_000, "reset 0.2", "reset now")),
        new("BlackholeAuthors", _ => HarmAsync(_toApi, "authors", 3_000, "blackhole on")),
        new("CorruptLink", _ => HarmAsync(_toOrigin, Relay, 4_000, "corrupt 0.3", "reset now")), // signed and hashed; authors' plain HTTP is TLS elsewhere
        new("FullDisk", FullDiskAsync, _noDisk),
        new("ReadOnlyDisk", ReadOnlyDiskAsync, _noDisk),
        new("PowerCut", PowerCutAsync, _noDisk),
        new("FlushError", random => FlushAsync("error=EIO", random), Syscalls.Missing),
        new("CrashAtFlush", random => FlushAsync("signal=SIGKILL", random), Syscalls.Missing),
        new("DamagedRelayFile", random => RestartReplicaAsync(Relay, () => DamageReplica(Relay, random))),
        new("DamagedAgentFile", random => RestartReplicaAsync(Agent, () => DamageReplica(Agent, random))),
        new("ClockStepOrigin", random => ClockStepAsync("o1", random), SteppedClock.Missing),
        new("ClockStepReplica", random => ClockStepAsync(random.Next(2) == 0 ? Relay : Agent, random), SteppedClock.Missing),
    ];

    private async Task<string> RestartOriginAsync(Func<HelioProcess, Task> end)
    {
        await end(_fleet.Origin);
        await _fleet.StartOriginAsync();
        return "o1";
    }

    private async Task<string> RestartReplicaAsync(string id, Func<string> meanwhile)
    {
        await KillAsync(_replicas[id].Process);
        var what = meanwhile();
        await StartReplicaAsync(id);
        return what.Length == 0 ? id : $"{id}: {what}";
    }

    private string DamageReplica(string id, Random random)
    {
        var files = Damage.FilesOf(_fleet.PathOf(id));
        return files.Count == 0 ? "no file yet" : Damage.Do(files[random.Next(files.Count)], Damage.Kinds[random.Next(Damage.Kinds.Count)], random);
    }

    private async Task<string> KillServiceAsync(Random random)
    {
        var name = Followers[random.Next(Followers.Count)];
        await KillAsync(_services[name]);
        StartService(name);
        return name;
    }

    private static async Task<string> PauseAsync(string id, HelioProcess process, Random random)
    {
        await process.SignalAsync("STOP");
        await Task.Delay(random.Next(500, 4_000));
        await process.SignalAsync("CONT");
        return id;
    }

    /// <summary>Long enough for the relay to have to say that it is stale.</summary>
    private async Task<string> CutRelayAsync(Random random)
    {
        await _toOrigin.TellAsync("blackhole on");
        var from = _recorder.Now;
        await Task.Delay(TimeSpan.FromMilliseconds(StaleAfterMs + 3_500 + random.Next(2_000)));
        _recorder.Add(new Cut(Relay, from, _recorder.Now - 1_000_000_000, StaleAfterMs));
        await _toOrigin.TellAsync("heal");
        return Relay;
    }

    private static async Task<string> HarmAsync(ProxyProcess proxy, string target, int milliseconds, params string[] faults)
    {
        await proxy.TellAsync(faults);
        await Task.Delay(milliseconds);
        await proxy.TellAsync("heal");
        return $"{target}: {string.Join(", ", faults)}";
    }

    private async Task<string> FullDiskAsync(Random random)
    {
        await _disk!.FillAsync();
        await Task.Delay(random.Next(2_000, 4_000));
        _disk.Free();
        if (!_fleet.Origin.IsRunning) await _fleet.StartOriginAsync(); // a full disk may also end it: what it wrote last is then unknown
        return "o1";
    }

    /// <summary>A kernel that met an error mounts a disk read-only: the origin must not start as if nothing were wrong, and must start once it is mended.</summary>
    private async Task<string> ReadOnlyDiskAsync(Random random)
    {
        await KillAsync(_fleet.Origin);
        await _disk!.MakeReadOnlyAsync(true);
        try
        {
            await _fleet.StartOriginAsync();
            throw new InvalidDataException("The origin started on a read-only disk, as if it could write.");
        }
        catch (InvalidOperationException)
        {
            // It said why, and ended.
        }
        await _disk.MakeReadOnlyAsync(false);
        await _fleet.StartOriginAsync();
        return "o1";
    }

    private async Task<string> PowerCutAsync(Random random)
    {
        await _fleet.Origin.SignalAsync("STOP"); // whatever it acknowledged, it did before
        await _disk!.FreezeAsync();
        await KillAsync(_fleet.Origin);
        await _disk.ThawAsync();
        await _fleet.StartOriginAsync();
        return "o1";
    }

    private async Task<string> FlushAsync(string what, Random random)
    {
        var origin = _fleet.Origin;
        var nth = random.Next(1, 12);
        var hasEnded = await Syscalls.InjectAsync(origin.Id, what, nth, () => origin.IsRunning);
        if (!hasEnded) throw new InvalidDataException($"The origin goes on after flush {nth} of its log ended with {what}.");
        await _fleet.StartOriginAsync();
        return $"o1: flush {nth}, {what}";
    }

    /// <summary>Days ahead, then days behind, then right again; libfaketime looks once a second.</summary>
    private async Task<string> ClockStepAsync(string id, Random random)
    {
        var steps = new[] { $"+{random.Next(1, 30)}d", $"-{random.Next(1, 30)}d" };
        foreach (var step in random.Next(2) == 0 ? steps : steps.Reverse())
        {
            SteppedClock.Set(_fleet.PathOf(id + ".clock"), step);
            await Task.Delay(2_500);
        }
        SteppedClock.Set(_fleet.PathOf(id + ".clock"), "+0");
        await Task.Delay(1_200);
        return $"{id}: {string.Join(", ", steps)}";
    }
}
