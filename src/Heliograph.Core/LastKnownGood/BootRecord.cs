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
public sealed record BootTrial(NamespaceName Namespace, Revision Revision, int UncleanEnds, bool IsBaked, bool IsReadBack)
{
    /// <summary>Whether it has earned <c>STABLE</c>: applied, healthy for the bake time, and read back whole by a fresh process.</summary>
    public bool IsStable => IsBaked && IsReadBack;
}

/// <summary>A process of the service that runs a revision on trial, or did when it was last heard of.</summary>
/// <param name="Slot">Which of the service's places it takes: <see cref="SlotOf"/>. One process follows the other in a place.</param>
/// <param name="Id">Which process it is: another for each; 32 hexadecimal digits.</param>
/// <param name="Namespace">Of which namespace.</param>
/// <param name="Revision">Which revision.</param>
public sealed record BootRun(string Slot, string Id, NamespaceName Namespace, Revision Revision)
{
    /// <summary>Characters of a slot and of an id.</summary>
    public const int NameChars = 32;

    /// <summary>The slot of an instance: a digest of its id, which may be any text.</summary>
    public static string SlotOf(string instance) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(instance)).AsSpan(0, NameChars / 2));

    /// <summary>Whether a text can be a slot or an id.</summary>
    public static bool IsName(string text) => text.Length == NameChars && text.All(char.IsAsciiHexDigitLower);
}

/// <summary>A revision of a namespace.</summary>
public readonly record struct NamespaceRevision(NamespaceName Namespace, Revision Revision);

/// <summary>What a service's crash-loop guard remembers across its starts, as a small text file with a digest.</summary>
/// <param name="Service">The service.</param>
/// <param name="HostBoot">Which boot of the host it last ran in; empty if the platform cannot say.</param>
/// <param name="Trials">Ordered by namespace, each once.</param>
/// <param name="Runs">Ordered by slot and namespace, each pair once.</param>
/// <param name="Quarantined">What the service must not start from any more, until a newer revision lifts it. Ordered by namespace, each once.</param>
public sealed record BootRecord(string Service, string HostBoot, IReadOnlyList<BootTrial> Trials, IReadOnlyList<BootRun> Runs, IReadOnlyList<NamespaceRevision> Quarantined)
{
    /// <summary>Longest name of a service and of a boot, in characters.</summary>
    public const int NameCharsMax = 128;

    /// <summary>Most runs: what four processes with a thousand subscriptions each take, or four hundred with ten.</summary>
    public const int RunsMax = 4_000;

    /// <summary>Largest file, in bytes: what a thousand subscriptions on trial and in quarantine take, and <see cref="RunsMax"/> runs.</summary>
    public const int BytesMax = 1_536 << 10;

    private const string Magic = "heliograph-boot/1", DigestLine = "sha256 ";

    /// <summary>The record of a service that never started.</summary>
    public static BootRecord New(string service) => new(service, "", [], [], []);

    /// <summary>Name of the file: a service is called what its owner likes, so the name is a digest.</summary>
    public static string FileNameOf(string service) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(service)).AsSpan(0, 16)) + ".boot";

    /// <summary>The file's bytes.</summary>
    /// <exception cref="ArgumentException">A name is too long, or there are more namespaces than one stream may have.</exception>
    public byte[] Encode()
    {
        if (Service.Length is 0 or > NameCharsMax || HostBoot.Length > NameCharsMax) throw new ArgumentException($"A service's name has 1 to {NameCharsMax} characters, a boot's at most as many.");
        if (Trials.Count > Limits.SubscriptionsMax || Quarantined.Count > Limits.SubscriptionsMax) throw new ArgumentException($"A service has at most {Limits.SubscriptionsMax} namespaces.");
        if (Runs.Count > RunsMax) throw new ArgumentException($"A service has at most {RunsMax} runs on trial.");
        var text = new StringBuilder();
        text.Append(Magic).Append('\n').Append("service ").Append(Uri.EscapeDataString(Service)).Append('\n').Append("host-boot ").Append(Uri.EscapeDataString(HostBoot)).Append('\n');
        foreach (var trial in Trials) text.Append(Line(trial)).Append('\n');
        foreach (var run in Runs) text.Append("run ").Append(run.Slot).Append(' ').Append(run.Id).Append(' ').Append(run.Namespace).Append(' ').Append(run.Revision).Append('\n');
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

        var (trials, runs, quarantined) = (new List<BootTrial>(), new List<BootRun>(), new List<NamespaceRevision>());
        foreach (var line in lines.AsSpan(3..^2))
        {
            var words = line.Split(' ');
            if (!TryParseTrial(words, trials) && !TryParseRun(words, runs) && !TryParseQuarantined(words, quarantined)) return false;
        }
        if (trials.Count > Limits.SubscriptionsMax || runs.Count > RunsMax || quarantined.Count > Limits.SubscriptionsMax) return false;
        if (!IsAscending(trials.Select(trial => trial.Namespace)) || !IsAscending(quarantined.Select(entry => entry.Namespace)) || !IsAscending(runs.Select(run => (run.Slot, run.Namespace)))) return false;
        var read = new BootRecord(service, hostBoot, trials, runs, quarantined);
        if (!file.SequenceEqual(read.Encode())) return false; // the digest, and the one spelling
        (record, error) = (read, null);
        return true;
    }

    private static bool IsAscending(IEnumerable<NamespaceName> names) => names.Zip(names.Skip(1)).All(pair => pair.First.CompareTo(pair.Second) < 0);

    private static bool IsAscending(IEnumerable<(string Slot, NamespaceName Name)> runs) => runs.Zip(runs.Skip(1)).All(pair =>
        string.CompareOrdinal(pair.First.Slot, pair.Second.Slot) is var order && (order < 0 || (order == 0 && pair.First.Name.CompareTo(pair.Second.Name) < 0)));

    private static string Line(BootTrial trial) =>
        $"trial {trial.Namespace} {trial.Revision} {trial.UncleanEnds} {(trial.IsBaked ? "baked" : "-")} {(trial.IsReadBack ? "read-back" : "-")}";

    private static bool TryParseTrial(string[] words, List<BootTrial> trials)
    {
        if (words is not ["trial", var name, var revision, var ends, var baked, var readBack]) return false;
        if (!NamespaceName.TryParse(name, out var parsedName, out _) || !Revision.TryParse(revision, out var parsedRevision)) return false;
        if (!int.TryParse(ends, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var count)) return false;
        trials.Add(new(parsedName, parsedRevision, count, baked == "baked", readBack == "read-back"));
        return true;
    }

    private static bool TryParseRun(string[] words, List<BootRun> runs)
    {
        if (words is not ["run", var slot, var id, var name, var revision] || !BootRun.IsName(slot) || !BootRun.IsName(id)) return false;
        if (!NamespaceName.TryParse(name, out var parsedName, out _) || !Revision.TryParse(revision, out var parsedRevision)) return false;
        runs.Add(new(slot, id, parsedName, parsedRevision));
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
