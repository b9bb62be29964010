// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Security.Cryptography;
using System.Text.Json.Serialization;
using Heliograph.Cli.Terminal;
using Heliograph.Cli.Tiers;
using Heliograph.Core.Heads;
using Heliograph.Origin.Cluster;
using Heliograph.Origin.Recovery;
using Heliograph.Platform.LogFiles;
using Heliograph.Platform.Trust;
using Microsoft.Extensions.Logging;

namespace Heliograph.Cli.Recovery;

/// <summary><c>helio restore</c>: puts a realm's log back, out of backups and archives.</summary>
internal sealed class RestoreCommand : Command
{
    private readonly Argument<string?> _file = new("file") { Arity = ArgumentArity.ZeroOrOne, Description = "The backup. May be left out: then --harvest alone fills what is missing, or restores everything." };
    private readonly Option<string> _data = new("--data") { Required = true, HelpName = "DIRECTORY", Description = "Data directory of the origin; it must hold no log, and no origin may run there." };
    private readonly Option<string[]> _harvest = new("--harvest") { HelpName = "DIRECTORY|FILE|ADDRESS", DefaultValueFactory = _ => [], Description = "What may have entries behind the backup's last: the directory of a relay's --archive, another backup, or the address of an archive relay or origin. May be repeated." };
    private readonly Option<string[]> _highWater = new("--high-water") { HelpName = "FILE", DefaultValueFactory = _ => [], Description = "head.hw of an origin: how far it signed. With one of each origin it is proven that nothing is missing. The one in --data counts by itself. May be repeated." };
    private readonly Option<string?> _keys = new("--keys") { HelpName = "FILE", Description = "The origin's keys, from 'helio backup --keys'." };
    private readonly Option<string?> _trust = new("--trust") { HelpName = "FILE", Description = "The realm's newest trust file: which realm is meant, and what is put into --data. Needed to harvest from an address." };
    private readonly TlsOptions _tls = new();
    private readonly EtcdOptions _etcd = new();

    public RestoreCommand(Shell shell) : base("restore", "Restore the log from backups and archives, into an empty directory or etcd. Interrupted anywhere, run it again.")
    {
        Add(_file);
        foreach (var option in new Option[] { _data, _harvest, _highWater, _keys, _trust }) Add(option);
        _tls.AddTo(this);
        _etcd.AddTo(this);
        Validators.Add(result =>
        {
            if (result.GetValue(_file) is null && result.ValueOrDefault(_harvest) is not { Length: > 0 }) result.AddError("Give the FILE of a backup, or --harvest.");
            if (result.ValueOrDefault(_harvest) is { } harvest && harvest.Any(IsAddress) && result.GetValue(_trust) is null) result.AddError("--trust says which realm is harvested from an address.");
        });
        shell.Handle(this, RunAsync);
    }

    private async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancellationToken)
    {
        var directory = Path.GetFullPath(run.Value(_data)!);
        var progress = new RecoveryProgressLine(run.Output, TimeProvider.System);
        var fetched = new List<string>();
        using var loggers = LoggerFactory.Create(TierLogging.ToStandardError);
        try
        {
            var sources = new List<LogFile>();
            if (run.Optional(_file) is { } file) sources.Add(await OpenAsync(file, run, progress, cancellationToken));
            foreach (var harvest in run.Value(_harvest)!) sources.Add(await OpenAsync(IsAddress(harvest) ? await FetchAsync(new(harvest), directory, fetched, run, progress, cancellationToken) : harvest, run, progress, cancellationToken));
            var report = await new LogRestore(loggers.CreateLogger<LogRestore>(), TimeProvider.System).RunAsync(
                new()
                {
                    DataDirectory = directory, Sources = sources, HarvestsOnly = run.Optional(_file) is null, HighWaterFiles = run.Value(_highWater)!, KeysFile = run.Value(_keys), Trust = Trust(run), Cluster = ClusterOf(run, _etcd),
                },
                progress.Report, cancellationToken);
            Tell(run, directory, report);
            return ExitCode.Success;
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or CryptographicException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.Failure, exception.Message, directory, "Nothing was overwritten, and no origin starts on what is not whole. Correct it, and run the same command again: it goes on.");
        }
        finally
        {
            foreach (var path in fetched)
            {
                File.Delete(path);
                File.Delete(path + LogBackup.PartialSuffix);
            }
        }
    }

    private static void Tell(Invocation run, string directory, RestoreReport report) =>
        run.Output.Result(new RestoreView(report.Revision.ToString(), report.Added, report.Unproven is null, report.Unproven), RestoreViewJson.Default.RestoreView, it =>
        {
            run.Output.Line($"The log is restored up to {it.Revision}: {it.Added} entries added, read back and found whole.");
            if (it.Unproven is null) run.Output.Say($"Next: helio origin --data {directory} …");
            else
            {
                run.Output.Line($"No origin starts on it yet. {it.Unproven}");
                run.Output.Say("Next: the same command with --high-water FILE for each origin whose head.hw is left, or with --harvest for what has more entries. If there is neither, end the epoch and go on from here: 'helio recover propose', docs/runbooks/recover.md.");
            }
        });

    private async Task<LogFile> OpenAsync(string path, Invocation run, RecoveryProgressLine progress, CancellationToken cancellationToken)
    {
        if (Directory.Exists(path)) path = Path.Combine(path, LogFile.ArchiveFileName);
        var file = await Task.Run(() => LogFile.Open(path, (done, of) => progress.Report(new($"checking {Path.GetFileName(path)}", done, of)), cancellationToken), cancellationToken);
        if (Trust(run) is { } trust && trust.Roots.LogId != file.Anchor.LogId) throw new IOException($"{path} is of realm '{file.Anchor.Root.Realm}', log {file.Anchor.LogId}, not of the one in {run.Value(_trust)}.");
        return file;
    }

    /// <summary>Takes the whole log from an address into a file beside the directory, verified as a backup is; it is taken away at the end.</summary>
    private async Task<string> FetchAsync(Uri address, string directory, List<string> fetched, Invocation run, RecoveryProgressLine progress, CancellationToken cancellationToken)
    {
        var path = $"{directory}.harvest-{fetched.Count + 1}";
        File.Delete(path); // of a run that was killed
        fetched.Add(path);
        Directory.CreateDirectory(Path.GetDirectoryName(directory)!);
        await EntryServers.At(address, Trust(run)!, run, _tls.Files(run)).RunAsync(path, progress.Report, cancellationToken);
        return path;
    }

    private RealmTrust? Trust(Invocation run) => run.Value(_trust) is { } trust ? TrustFile.LoadTrust(trust) : null;

    /// <summary>Where etcd is, for a command that works on the log while no origin runs; <see langword="null"/> if it was given none.</summary>
    internal static ClusterOptions? ClusterOf(Invocation run, EtcdOptions options) =>
        run.Value(options.Members) is { Length: > 0 } && options.Read(run) is var etcd
            ? new() { Etcd = etcd.Members, EtcdAuthorities = etcd.LoadAuthorities(), EtcdCertificate = etcd.LoadCertificate(), AllowUnsupportedEtcd = etcd.AllowUnsupported, Advertise = new("http://127.0.0.1") }
            : null;

    private static bool IsAddress(string text) => text.Contains("://", StringComparison.Ordinal);
}

/// <summary>A log that was restored.</summary>
internal sealed record RestoreView(string Revision, long Added, bool Released, string? Unproven);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(RestoreView))]
internal sealed partial class RestoreViewJson : JsonSerializerContext;
