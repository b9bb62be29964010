// SPDX-License-Identifier: Apache-2.0
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Heliograph.Core.Log;
using Heliograph.Storage.Sqlite.Engine;
using Heliograph.Storage.Sqlite.Tests.Support;
using Xunit;

namespace Heliograph.Storage.Sqlite.Tests.Faults;

/// <summary>The victim process, in directories of its own: the database in one, the acknowledgements, as if on another disk, in another.</summary>
internal sealed class CrashWriter : IDisposable
{
    public const int Changes = 200;
    public const long CheckpointBytes = 256 << 10; // a handful of checkpoints in 200 changes

    private const string Name = "Heliograph.Storage.Sqlite.CrashWriter";

    public static readonly Hash256 LogId = LogEntry.HashOf("crash"u8);

    private readonly ScratchDirectory _directory;

    /// <param name="isInMemory">Whether its files need not survive the machine: a killed process leaves the same in memory, faster.</param>
    public CrashWriter(bool isInMemory = false)
    {
        _directory = new(isInMemory ? ScratchDirectory.InMemory : null);
        Directory.CreateDirectory(DatabaseDirectory);
    }

    public string DatabaseDirectory => _directory.File("database");

    public string Database => Path.Combine(DatabaseDirectory, "log.db");

    public string Acknowledgements => _directory.File("acknowledgements");

    public string Trace => _directory.File("trace");

    /// <summary>The root of everything that it writes.</summary>
    public string Root => _directory.Path;

    /// <summary>Whether faults are enumerated in full, which takes many minutes.</summary>
    public static bool IsNightly => Environment.GetEnvironmentVariable("HELIOGRAPH_NIGHTLY") == "1";

    /// <summary>Skips the test where processes cannot be traced.</summary>
    public static void NeedsStrace()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Faults are injected with strace, which is Linux.");
        try
        {
            using var process = Process.Start(new ProcessStartInfo("strace", ["-qq", "-o", "/dev/null", "true"]) { RedirectStandardError = true })!;
            process.WaitForExit();
            Assert.SkipUnless(process.ExitCode == 0, "strace is there but may not trace processes.");
        }
        catch (Win32Exception)
        {
            Assert.Skip("strace is not installed.");
        }
    }

    /// <summary>Does to the n-th of these calls, on the database's own files, what <c>strace -e inject</c> can do.</summary>
    /// <remarks>strace counts per thread: one opens the database, and another one writes ever after.</remarks>
    public Task<(int ExitCode, string Output)> InjectAsync(string call, string fault, string when) =>
        RunAsync(["-P", Database, "-P", Database + "-wal", "-P", Database + "-journal", "-e", $"trace={call}", "-e", $"inject={call}:{fault}:when={when}", "-o", Trace]);

    /// <summary>Runs the script under strace with these options, to whatever end.</summary>
    public async Task<(int ExitCode, string Output)> RunAsync(IEnumerable<string> straceOptions, Synchronous synchronous = Synchronous.Full, int changes = Changes)
    {
        string[] script = [Executable, Database, Acknowledgements, $"{changes}", $"{synchronous}", $"{CheckpointBytes}"];
        string[] arguments = ["-I2", "-f", "-qq", .. straceOptions, .. script];
        using var process = Process.Start(new ProcessStartInfo("strace", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken), process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        try
        {
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
        return (process.ExitCode, await output + await errors);
    }

    /// <summary>What was acknowledged: sequence and hash, in order. A line that was cut off was not.</summary>
    public static List<(long Sequence, string Hash)> Acknowledged(byte[] journal)
    {
        var text = System.Text.Encoding.ASCII.GetString(journal);
        return [.. text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')).Select(parts => (long.Parse(parts[0], CultureInfo.InvariantCulture), parts[1]))];
    }

    public List<(long Sequence, string Hash)> ReadAcknowledged() => File.Exists(Acknowledgements) ? Acknowledged(File.ReadAllBytes(Acknowledgements)) : [];

    public void Dispose() => _directory.Dispose();

    private static string Executable
    {
        get
        {
            var output = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar)); // artifacts/bin/<tests>/<configuration>
            var executable = Path.Combine(output.Parent!.Parent!.FullName, Name, output.Name, Name);
            return File.Exists(executable) ? executable : throw new FileNotFoundException("The victim was not built with the tests.", executable);
        }
    }
}
