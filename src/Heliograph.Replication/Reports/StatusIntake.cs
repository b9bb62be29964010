// SPDX-License-Identifier: Apache-2.0
using Google.Protobuf;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;

namespace Heliograph.Replication.Reports;

/// <summary>Checks what a subscriber reports before anyone counts with it: one hostile instance must not speak for many, fill a tier's memory, or stop its reports.</summary>
internal static class StatusIntake
{
    /// <summary>Most characters of a name: instance, service, region and the like. More is cut off.</summary>
    private const int NameCharsMax = 128;

    /// <summary>Most characters of a refusal's detail and of a path. More is cut off.</summary>
    private const int DetailCharsMax = 512;

    /// <summary>Most layers of an instance that are kept, and most characters of a label and a prefix in them.</summary>
    private const int LayersMax = 32, LayerCharsMax = 256;

    /// <summary>Most keys of an instance that are told to be overridden on its host, and most characters of one.</summary>
    private const int OverridesMax = 64, OverrideCharsMax = 256;

    /// <summary>Most cohorts of one namespace.</summary>
    private const int CohortsMax = 4_096;

    /// <summary>Most instances that one cohort may stand for: sums stay far from overflow.</summary>
    private const ulong CountMax = 100_000_000;

    /// <summary>The report as it counts. Of namespaces that the subscriber does not listen to, nothing counts.</summary>
    /// <exception cref="ProtocolException">A number in it cannot be; the connection is to end.</exception>
    public static Status Accept(Status status, Hello hello, Func<string, bool> isSubscribed)
    {
        var accepted = new Status();
        foreach (var report in status.Namespaces)
        {
            if (!isSubscribed(report.Namespace)) continue;
            Require(report, hello.Role);
            foreach (var cohort in report.Cohorts) (cohort.Region, cohort.Ring) = (Cut(cohort.Region, NameCharsMax), Cut(cohort.Ring, NameCharsMax));
            foreach (var instance in report.Instances)
            {
                Cut(instance);
                if (instance.Instance.Equals(hello.Instance)) instance.Instance = hello.Instance; // it speaks of itself: kept once
            }
            accepted.Namespaces.Add(report);
        }
        return accepted;
    }

    private static void Require(NamespaceStatus report, Role role)
    {
        var (cohorts, instances) = role == Role.Client ? (1, 1) : (CohortsMax, ReportFold.InstancesMax);
        if (report.Cohorts.Count > cohorts || report.Instances.Count > instances || report.InstancesLeftOut > CountMax)
            throw new ProtocolException($"A report of {report.Cohorts.Count} cohorts and {report.Instances.Count} instances came; this peer reports at most {cohorts} and {instances} a namespace.");
        foreach (var cohort in report.Cohorts)
        {
            if (cohort.Count > (role == Role.Client ? 1 : CountMax) || cohort.Stale > cohort.Count || cohort.Refused > cohort.Count)
                throw new ProtocolException($"A report counts {cohort.Count} instances, {cohort.Stale} of them stale and {cohort.Refused} refusing: that cannot be.");
            Require(cohort.Revision, cohort.StateRoot);
        }
        foreach (var instance in report.Instances)
        {
            Require(instance.Revision, instance.StateRoot);
            if (instance.Refusal is { } refusal) Require(refusal.Revision, ByteString.Empty);
        }
    }

    private static void Require(Position? revision, ByteString root)
    {
        _ = revision.ToRevision();
        if (root.Length is not (0 or Hash256.SizeBytes)) throw new ProtocolException($"A report names a state root of {root.Length} bytes.");
    }

    private static void Cut(InstanceStatus status)
    {
        var instance = status.Instance ??= new Instance();
        instance.Id = Cut(instance.Id, NameCharsMax);
        instance.Service = Cut(instance.Service, NameCharsMax);
        instance.Region = Cut(instance.Region, NameCharsMax);
        instance.Zone = Cut(instance.Zone, NameCharsMax);
        instance.Ring = Cut(instance.Ring, NameCharsMax);
        instance.Version = Cut(instance.Version, NameCharsMax);
        instance.Host = Cut(instance.Host, NameCharsMax);
        for (var i = instance.Layers.Count - 1; i >= 0; i--)
            if (i >= LayersMax || instance.Layers[i] is { Namespace.Length: > NameCharsMax } or { Label.Length: > LayerCharsMax } or { KeyPrefix.Length: > LayerCharsMax }) instance.Layers.RemoveAt(i); // cut short it would be another
        for (var i = instance.LocalOverrides.Count - 1; i >= 0; i--)
            if (i >= OverridesMax || instance.LocalOverrides[i] is { Length: 0 or > OverrideCharsMax }) instance.LocalOverrides.RemoveAt(i); // as with layers
        status.Path = Cut(status.Path, DetailCharsMax);
        if (status.Refusal is not { } refusal) return;
        refusal.Code = Cut(refusal.Code, NameCharsMax);
        refusal.Detail = Cut(refusal.Detail, DetailCharsMax);
    }

    /// <summary>The text, or its beginning; never half a surrogate pair.</summary>
    private static string Cut(string text, int charsMax) =>
        text.Length <= charsMax ? text : text[..(char.IsHighSurrogate(text[charsMax - 1]) ? charsMax - 1 : charsMax)];
}
