// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Heliograph.Yardstick.Comparison;

/// <summary>What the figures were taken on: without it they say nothing.</summary>
internal sealed record Machine(string Processor, int Cores, long MemoryMib, string Kernel, string System, string Runtime, IReadOnlyDictionary<string, string> Versions)
{
    /// <summary>This machine, and what is installed of the peers.</summary>
    public static Machine Describe() => new(
        Value("/proc/cpuinfo", "model name"), Environment.ProcessorCount,
        long.Parse(Value("/proc/meminfo", "MemTotal").Split(' ')[0], CultureInfo.InvariantCulture) / 1_024,
        File.ReadAllText("/proc/sys/kernel/osrelease").Trim(),
        Value("/etc/os-release", "PRETTY_NAME", '=').Trim('"'),
        RuntimeInformation.FrameworkDescription,
        new SortedDictionary<string, string>(StringComparer.Ordinal) { ["redis"] = Version("redis-server"), ["nats"] = Version("nats-server"), ["etcd"] = Version("etcd") });

    /// <summary>Where a program is; <see langword="null"/> if it is not installed.</summary>
    public static string? Find(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Append("/usr/sbin")
        .Select(directory => Path.Combine(directory, program)).FirstOrDefault(File.Exists);

    private static string Version(string program)
    {
        if (Find(program) is not { } path) return "not installed";
        using var process = Process.Start(new ProcessStartInfo(path, "--version") { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return text.Split('\n')[0].Trim();
    }

    private static string Value(string file, string name, char separator = ':')
    {
        foreach (var line in File.ReadLines(file))
            if (line.StartsWith(name, StringComparison.Ordinal) && line.IndexOf(separator, StringComparison.Ordinal) is var at and > 0)
                return line[(at + 1)..].Trim();
        return "";
    }
}
