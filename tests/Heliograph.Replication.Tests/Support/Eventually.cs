// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Heliograph.Replication.Tests.Support;

/// <summary>Waits for what other threads bring about, in real time and in the clock's.</summary>
internal static class Eventually
{
    private static readonly TimeSpan RealLimit = TimeSpan.FromSeconds(30); // only a broken test waits so long

    /// <summary>Waits until the condition holds.</summary>
    public static async Task HoldsAsync(Func<bool> condition, string what)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            if (TimeProvider.System.GetElapsedTime(started) > RealLimit) Assert.Fail($"It never came about: {what}.");
            await Task.Delay(2, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Moves the clock on in steps until the condition holds; between steps, everything that is awake gets its turn.</summary>
    /// <returns>How far the clock was moved.</returns>
    public static async Task<TimeSpan> AdvanceUntilAsync(this FakeTimeProvider clock, Func<bool> condition, TimeSpan limit, string what, TimeSpan? step = null)
    {
        var moved = TimeSpan.Zero;
        while (!condition())
        {
            if (moved >= limit) Assert.Fail($"It did not come about within {limit}: {what}.");
            clock.Advance(step ?? TimeSpan.FromSeconds(1));
            moved += step ?? TimeSpan.FromSeconds(1);
            await SettleAsync();
        }
        return moved;
    }

    /// <summary>Moves the clock on by steps of a second.</summary>
    public static async Task AdvanceInStepsAsync(this FakeTimeProvider clock, TimeSpan by, Action? eachStep = null)
    {
        for (var moved = TimeSpan.Zero; moved < by; moved += TimeSpan.FromSeconds(1))
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            eachStep?.Invoke();
            await SettleAsync();
        }
    }

    /// <summary>Lets everything that is awake get its turn. There is no event for "nothing more happens": a short real wait stands in for it.</summary>
    public static async Task SettleAsync()
    {
        for (var turn = 0; turn < 3; turn++)
        {
            await Task.Delay(1, TestContext.Current.CancellationToken);
            await Task.Yield();
        }
    }
}
