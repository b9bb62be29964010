// SPDX-License-Identifier: Apache-2.0
using Heliograph.Cli.Api;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Fleet;

/// <summary>Waits until a share of the connected instances has applied a revision, and names those that have not.</summary>
internal static class FleetWaiting
{
    /// <summary>Most laggards named; the rest are counted.</summary>
    public const int LaggardsMax = 1_000;

    /// <summary>Asks the origin, again and again within its own limit, until the share is reached or the time is over.</summary>
    public static async Task<FleetWait> UntilAsync(ApiClient api, NamespaceName name, string revision, double percent, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var began = api.Time.GetTimestamp();
        while (true)
        {
            var left = timeout - api.Time.GetElapsedTime(began);
            var seconds = (int)Math.Ceiling(Math.Clamp(left.TotalSeconds, 1, ApiClient.WaitMax.TotalSeconds));
            var wait = await api.WaitForFleetAsync(name, revision, percent, seconds, cancellationToken);
            if (wait.Reached || api.Time.GetElapsedTime(began) >= timeout) return Capped(wait);
        }
    }

    /// <summary>Writes how far the change has come and who lags.</summary>
    public static void Write(Output output, FleetWait wait)
    {
        output.Line(wait is { Reached: false, Connected: 0 } ? "No instance that follows it is connected."
            : wait.Reached ? $"Applied by {wait.Applied} of {wait.Connected} connected instances."
            : $"Applied by {wait.Applied} of {wait.Connected} connected instances; the others:");
        if (wait.Reached) return;
        InstanceTable.Write(output, wait.Laggards ?? []);
        if (wait.LaggardsLeftOut > 0) output.Line($"and {wait.LaggardsLeftOut} more.");
    }

    private static FleetWait Capped(FleetWait wait) => wait.Laggards is { Count: > LaggardsMax } all
        ? wait with { Laggards = [.. all.Take(LaggardsMax)], LaggardsLeftOut = wait.LaggardsLeftOut + all.Count - LaggardsMax }
        : wait;
}
