// SPDX-License-Identifier: Apache-2.0
using Heliograph.Cli.Api;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Fleet;

/// <summary>Instances as a table: who, where, at what revision, and what is wrong.</summary>
internal static class InstanceTable
{
    /// <summary>Writes the table.</summary>
    public static void Write(Output output, IReadOnlyList<FleetInstance> instances, bool withNamespace = false)
    {
        if (instances.Count == 0) return;
        string[] before = withNamespace ? ["NAMESPACE"] : [];
        output.Table([.. before, "INSTANCE", "SERVICE", "REGION", "RING", "HOST", "REVISION", "STATE"], instances.Select(it => (IReadOnlyList<string>)
            [.. withNamespace ? [it.Namespace ?? ""] : Array.Empty<string>(), it.Id, it.Service ?? "", it.Region ?? "", it.Ring ?? "", it.Host ?? "", it.Revision ?? "none", State(it)]));
    }

    /// <summary>What an instance is in, in words.</summary>
    public static string State(FleetInstance it)
    {
        if (it.ServingStable) return $"fell back to its last stable revision{(it.Refusal is { } quarantined ? $"; {quarantined.Revision} is in quarantine" : "")}";
        if (it.Refusal is { } refusal) return $"refused {refusal.Revision}: {refusal.Code} {refusal.Detail}".TrimEnd();
        return it.Stale ? "stale" : "connected";
    }
}
