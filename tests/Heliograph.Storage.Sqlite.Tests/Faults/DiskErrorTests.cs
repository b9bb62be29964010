// SPDX-License-Identifier: Apache-2.0
using Heliograph.Storage.Sqlite.Tests.Support;
using Xunit;

namespace Heliograph.Storage.Sqlite.Tests.Faults;

/// <summary>Lets the system calls of a real process fail.</summary>
public sealed class DiskErrorTests
{
    private const int Stopped = 3;

    // Once is the treacherous case: the next flush would report success although the data is gone.
    [Theory]
    [InlineData("fsync", "EIO", "40")]
    [InlineData("fsync", "EIO", "40+")]
    [InlineData("fsync", "ENOSPC", "40")]
    [InlineData("pwrite64", "EIO", "200")]
    public async Task An_io_error_stops_the_store_and_costs_nothing_acknowledged(string call, string error, string when)
    {
        CrashWriter.NeedsStrace();
        using var writer = new CrashWriter();
        await Survivor.CreateAsync(writer.DatabaseDirectory);

        var (exitCode, output) = await writer.InjectAsync(call, $"error={error}", when);

        Assert.Equal(Stopped, exitCode);
        Assert.StartsWith("Failed: SQLite error 10", output, StringComparison.Ordinal);
        Assert.Contains(nameof(Core.Log.AppendAnswer.OutcomeUnknown), output, StringComparison.Ordinal);
        await AssertSurvivedAsync(writer);
    }

    [Fact]
    public async Task A_disk_without_space_is_answered_full_and_costs_nothing_acknowledged()
    {
        CrashWriter.NeedsStrace();
        using var writer = new CrashWriter();
        await Survivor.CreateAsync(writer.DatabaseDirectory);

        var (exitCode, output) = await writer.InjectAsync("pwrite64", "error=ENOSPC", "200+");

        Assert.Equal(Stopped, exitCode);
        Assert.StartsWith("Full {", output, StringComparison.Ordinal);
        await AssertSurvivedAsync(writer);
    }

    [Fact]
    public async Task A_slow_disk_only_takes_longer()
    {
        CrashWriter.NeedsStrace();
        using var writer = new CrashWriter();

        var (exitCode, output) = await writer.RunAsync(["-e", "trace=fsync", "-e", "inject=fsync:delay_enter=5000", "-o", writer.Trace], changes: 40);

        Assert.True(exitCode == 0, output);
        Assert.Equal(40, writer.ReadAcknowledged().Count);
        await AssertSurvivedAsync(writer);
    }

    private static async Task AssertSurvivedAsync(CrashWriter writer)
    {
        var acknowledged = writer.ReadAcknowledged();
        Assert.True(acknowledged.Count > 10, "The fault came before there was anything to lose.");
        Assert.Null((await Survivor.ReadAsync(writer.DatabaseDirectory, goesOn: true)).Fault(acknowledged));
    }
}
