// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Heliograph.Core.LastKnownGood;

/// <summary>A revision that a service runs and that is not stable yet.</summary>
/// <param name="Namespace">Of which namespace.</param>
/// <param name="Revision">Which revision.</param>
/// <param name="UncleanEnds">How often the service ended uncleanly on it since it last ran well for the bake time.</param>
/// <param name="IsBaked">It ran well for the bake time.</param>
/// <param name="IsReadBack">A process that began later has read it back whole.</param>
/// <param name="IsInRun">The service has it applied now, or had when it was last heard of.</param>
public sealed record BootTrial(NamespaceName Namespace, Revision Revision, int UncleanEnds, bool IsBaked, bool IsReadBack, bool IsInRun)
{
    /// <summary>Whether it has earned <c>STABLE</c>: applied, healthy for the bake time, and read back whole by a fresh process.</summary>
    public bool IsStable => IsBaked && IsReadBack;
}

/// <summary>A revision of a namespace.</summary>
public readonly record struct NamespaceRevision(NamespaceName Namespace, Revision Revision);

/// <summary>What a service's crash-loop guard remembers across its starts, as a small text file with a digest.</summary>
/// <param name="Service">The service.</param>
/// <param name="HostBoot">Which boot of the host it last ran in; empty if the platform cannot say.</param>
/// <param name="Trials">Ordered by namespace, each once.</param>
/// <param name="Quarantined">What the service must not start from any more, until a newer revision lifts it. Ordered by namespace, each once.</param>
public sealed record BootRecord(string Service, string HostBoot, IReadOnlyList<BootTrial> Trials, IReadOnlyList<NamespaceRevision> Quarantined)
{
    /// <summary>Longest name of a service and of a boot, in characters.</summary>
    public const int NameCharsMax = 128;

    /// <summary>Largest file, in bytes: what a thousand subscriptions on trial and in quarantine take.</summary>
    public const int BytesMax = 512 << 10;

    private const string Magic = "heliograph-boot/1", DigestLine = "sha256 ";

    /// <summary>The record of a service that never started.</summary>
    public static BootRecord New(string service) => new(service, "", [], []);

    /// <summary>Name of the file: a service is called what its owner likes, so the name is a digest.</summary>
    public static string FileNameOf(string service) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(service)).AsSpan(0, 16)) + ".boot";

    /// <summary>The file's bytes.</summary>
    /// <exception cref="ArgumentException">A name is too long, or there are more namespaces than one stream may have.</exception>
    public byte[] Encode()
    {
        if (Service.Length is 0 or > NameCharsMax || HostBoot.Length > NameCharsMax) throw new ArgumentException($"A service's name has 1 to {NameCharsMax} characters, a boot's at most as many.");
        if (Trials.Count > Limits.SubscriptionsMax || Quarantined.Count > Limits.SubscriptionsMax) throw new ArgumentException($"A service has at most {Limits.SubscriptionsMax} namespaces.");
        var text = new StringBuilder();
        text.Append(Magic).Append('\n').Append("service ").Append(Uri.EscapeDataString(Service)).Append('\n').Append("host-boot ").Append(Uri.EscapeDataString(HostBoot)).Append('\n');
        foreach (var trial in Trials) text.Append(Line(trial)).Append('\n');
        foreach (var (name, revision) in Quarantined) text.Append("quarantined ").Append(name).Append(' ').Append(revision).Append('\n');
        text.Append(DigestLine);
        text.Append(Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(text.ToString())))).Append('\n');
        return Encoding.ASCII.GetBytes(text.ToString());
    }

    /// <summary>Reads a file, or says in <paramref name="error"/> what is wrong with it. Never throws, whatever the bytes.</summary>
    public static bool TryParse(ReadOnlySpan<byte> file, [NotNullWhen(true)] out BootRecord? record, [NotNullWhen(false)] out string? error)
    {
        record = null;
        error = "it is not a boot record, with its digest";
        if (file.Length > BytesMax || !Ascii.IsValid(file)) return false;
        var lines = Encoding.ASCII.GetString(file).Split('\n');
        if (lines.Length < 5 || lines[0] != Magic || !lines[1].StartsWith("service ", StringComparison.Ordinal) || !lines[2].StartsWith("host-boot ", StringComparison.Ordinal)) return false;
        var (service, hostBoot) = (Uri.UnescapeDataString(lines[1]["service ".Length..]), Uri.UnescapeDataString(lines[2]["host-boot ".Length..]));
        if (service.Length is 0 or > NameCharsMax || hostBoot.Length > NameCharsMax) return false;

        var (trials, quarantined) = (new List<BootTrial>(), new List<NamespaceRevision>());
        foreach (var line in lines.AsSpan(3..^2))
        {
            var words = line.Split(' ');
            if (!TryParseTrial(words, trials) && !TryParseQuarantined(words, quarantined)) return false;
        }
        if (trials.Count > Limits.SubscriptionsMax || quarantined.Count > Limits.SubscriptionsMax) return false;
        if (!IsAscending(trials.Select(trial => trial.Namespace)) || !IsAscending(quarantined.Select(entry => entry.Namespace))) return false;
        var read = new BootRecord(service, hostBoot, trials, quarantined);
        if (!file.SequenceEqual(read.Encode())) return false; // the digest, and the one spelling
        (record, error) = (read, null);
        return true;
    }

    private static bool IsAscending(IEnumerable<NamespaceName> names) => names.Zip(names.Skip(1)).All(pair => pair.First.CompareTo(pair.Second) < 0);

    private static string Line(BootTrial trial) =>
        $"trial {trial.Namespace} {trial.Revision} {trial.UncleanEnds} {(trial.IsBaked ? "baked" : "-")} {(trial.IsReadBack ? "read-back" : "-")} {(trial.IsInRun ? "running" : "-")}";

    private static bool TryParseTrial(string[] words, List<BootTrial> trials)
    {
        if (words is not ["trial", var name, var revision, var ends, var baked, var readBack, var running]) return false;
        if (!NamespaceName.TryParse(name, out var parsedName, out _) || !Revision.TryParse(revision, out var parsedRevision)) return false;
        if (!int.TryParse(ends, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var count)) return false;
        trials.Add(new(parsedName, parsedRevision, count, baked == "baked", readBack == "read-back", running == "running"));
        return true;
    }

    private static bool TryParseQuarantined(string[] words, List<NamespaceRevision> quarantined)
    {
        if (words is not ["quarantined", var name, var revision]) return false;
        if (!NamespaceName.TryParse(name, out var parsedName, out _) || !Revision.TryParse(revision, out var parsedRevision)) return false;
        quarantined.Add(new(parsedName, parsedRevision));
        return true;
    }
}
