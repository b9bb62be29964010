// SPDX-License-Identifier: Apache-2.0
using System.Collections.Concurrent;
using System.Globalization;
using Xunit;

namespace Heliograph.Storage.Sqlite.Tests.Faults;

/// <summary>Kills a real process at its n-th flush and at its n-th write, for every n until it comes through unharmed.</summary>
/// <remarks>
/// A start of a process per point takes minutes, so the default run takes every sixth flush and some writes;
/// HELIOGRAPH_NIGHTLY=1 takes all. <see cref="PowerCutTests"/> covers every point each time.
/// </remarks>
public sealed class KillTests
{
    private const int Workers = 2, Killed = 128 + 9;

    [Theory]
    [InlineData("fsync", 6)]
    [InlineData("pwrite64", 100)]
    public async Task No_acknowledged_change_is_lost_wherever_the_process_is_killed(string call, int step)
    {
        CrashWriter.NeedsStrace();
        var (next, end) = (1 - (CrashWriter.IsNightly ? 1 : step), int.MaxValue);
        var (killed, faults) = (new ConcurrentBag<int>(), new ConcurrentBag<string>());

        await Task.WhenAll(Enumerable.Range(0, Workers).Select(_ => WorkAsync()));

        Console.WriteLine($"Kills at {call}: {killed.Count} of {killed.DefaultIfEmpty().Max()} points, {faults.Count} with a fault.");
        Assert.Empty(faults);
        Assert.True(killed.Max() > CrashWriter.Changes, "The script has more calls than changes; the kills did not reach its end.");

        async Task WorkAsync()
        {
            for (var point = NextPoint(); point < end; point = NextPoint())
            {
                var (wasKilled, fault) = await KillAsync(call, point, isNew: false);
                if (fault is not null) faults.Add(fault);
                if (wasKilled) killed.Add(point);
                else end = 0; // it came through: there is no later point
            }
        }

        int NextPoint() => Interlocked.Add(ref next, CrashWriter.IsNightly ? 1 : step);
    }

    [Theory]
    [InlineData("fsync")]
    [InlineData("pwrite64")]
    public async Task A_process_killed_while_it_creates_the_log_leaves_one_that_opens(string call)
    {
        CrashWriter.NeedsStrace();
        var kills = 0;
        for (var point = 1; ; point++)
        {
            var (wasKilled, fault) = await KillAsync(call, point, isNew: true, onlyBeforeTheFirstChange: true);
            Assert.Null(fault);
            if (!wasKilled) break;
            kills++;
        }
        Console.WriteLine($"Kills at {call} during creation: {kills}, none with a fault.");
        Assert.True(kills >= 5, $"Only {kills} points were met: the creation of a database has more.");
    }

    /// <returns>Whether it was killed, and what was wrong afterwards.</returns>
    private static async Task<(bool WasKilled, string? Fault)> KillAsync(string call, int point, bool isNew, bool onlyBeforeTheFirstChange = false)
    {
        using var writer = new CrashWriter(isInMemory: true);
        if (!isNew) await Survivor.CreateAsync(writer.DatabaseDirectory);
        var (exitCode, output) = await writer.InjectAsync(call, "signal=SIGKILL", point.ToString(CultureInfo.InvariantCulture));
        if (exitCode is not (0 or Killed)) return (false, $"Killed at {call} {point}, it ended with {exitCode}: {output}");

        var acknowledged = writer.ReadAcknowledged();
        if (onlyBeforeTheFirstChange && acknowledged.Count > 0) return (false, null);
        var survivor = await Survivor.ReadAsync(writer.DatabaseDirectory, goesOn: true);
        return (exitCode == Killed, survivor.Fault(acknowledged) is { } fault ? $"Killed at {call} {point}: {fault}" : null);
    }
}
