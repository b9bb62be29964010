// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Security.Cryptography;
using System.Text.Json.Serialization;
using Heliograph.Cli.Terminal;
using Heliograph.Cli.Tiers;
using Heliograph.Hosting.Grpc;
using Heliograph.Origin.Recovery;
using Heliograph.Platform.Trust;

namespace Heliograph.Cli.Recovery;

/// <summary><c>helio backup</c>: the whole log of a realm in one file, taken while it runs and read back before it is called done.</summary>
internal sealed class BackupCommand : Command
{
    private readonly Argument<string?> _file = new("file") { Arity = ArgumentArity.ZeroOrOne, Description = "Where to write the backup. Never overwritten." };
    private readonly Option<Uri?> _from = new("--from") { HelpName = "ADDRESS", Description = "Where the log is served: an origin, or a relay with --archive; addresses as for --parent. Whoever asks needs the role reader on heliograph.log." };
    private readonly Option<string?> _trust = new("--trust") { HelpName = "FILE", Description = "Trust file of the realm." };
    private readonly Option<bool> _verify = new("--verify") { Description = "Take no backup: read FILE from end to end, and say what it holds." };
    private readonly Option<string?> _keys = new("--keys") { HelpName = "FILE", Description = "Also (or only) copy the keys of the origin in --data into this file, mode 0600. They are in no backup; keep them elsewhere." };
    private readonly Option<string?> _data = new("--data") { HelpName = "DIRECTORY", Description = "With --keys: data directory of the origin." };
    private readonly TlsOptions _tls = new();

    public BackupCommand(Shell shell) : base("backup", "Back up the whole log, online, and read the backup back: chain, signed head, content.")
    {
        Add(_file);
        foreach (var option in new Option[] { _from, _trust, _verify, _keys, _data }) Add(option);
        _tls.AddTo(this);
        _from.CustomParser = result => ParseAddress(result);
        Validators.Add(result =>
        {
            var (file, from, verify, keys) = (result.GetValue(_file), result.ValueOrDefault(_from), result.GetValue(_verify), result.GetValue(_keys));
            if (keys is null != result.GetValue(_data) is null) result.AddError("--keys and --data go together: the file to write, and the origin's directory.");
            if (file is null && keys is null) result.AddError("Give the FILE to write; or --keys and --data.");
            if (file is null && (from is not null || verify)) result.AddError("Give the FILE.");
            if (file is not null && verify == from is not null) result.AddError("A backup is taken --from an address, or a file is read with --verify.");
            if (from is not null && result.GetValue(_trust) is null) result.AddError("--trust says which realm is backed up.");
        });
        shell.Handle(this, RunAsync);
    }

    private async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancellationToken)
    {
        try
        {
            if (run.Value(_keys) is { } keys)
            {
                OriginKeys.Save(Path.GetFullPath(run.Value(_data)!), Path.GetFullPath(keys));
                run.Output.Say($"The origin's keys are in {Path.GetFullPath(keys)}. Whoever has them can sign as this origin: keep them apart from the backup, and offline.");
            }
            if (run.Optional(_file) is { } file) await BackUpAsync(Path.GetFullPath(file), run, cancellationToken);
            return ExitCode.Success;
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or CryptographicException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.Failure, exception.Message, run.Optional(_file) ?? run.Value(_keys), "There is no backup from this run. Correct it, and run the same command again.");
        }
    }

    private async Task BackUpAsync(string file, Invocation run, CancellationToken cancellationToken)
    {
        var progress = new RecoveryProgressLine(run.Output, TimeProvider.System);
        BackupView view;
        if (run.Value(_from) is { } from)
        {
            var report = await EntryServers.At(from, TrustFile.LoadTrust(run.Value(_trust)!), run, _tls.Files(run)).RunAsync(file, progress.Report, cancellationToken);
            view = new(file, report.Revision.ToString(), report.Revision.Sequence, report.Bytes, report.Head.LogId.ToString(), report.Head.EntryHash.ToString(), report.Head.IssuedAt);
        }
        else
        {
            var log = await Task.Run(() => LogBackup.Verify(file, progress.Report, cancellationToken), cancellationToken);
            if (run.Value(_trust) is { } trust && TrustFile.Load(trust).LogId != log.Anchor.LogId) throw new IOException($"It is of realm '{log.Anchor.Root.Realm}', log {log.Anchor.LogId}, not of the one in {trust}.");
            view = new(file, log.Head!.Revision.ToString(), log.Head.Revision.Sequence, new FileInfo(file).Length, log.Anchor.LogId.ToString(), log.Head.EntryHash.ToString(), log.Head.IssuedAt);
        }
        run.Output.Result(view, BackupJson.Default.BackupView, it =>
        {
            run.Output.Line($"{it.File} holds the log up to {it.Revision}: {it.Entries} entries, {it.Bytes} bytes, read back and found whole.");
            run.Output.Line($"log {it.Log}, entry hash {it.EntryHash}, head of {it.SignedAt:u}");
        });
    }

    private static Uri? ParseAddress(System.CommandLine.Parsing.ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        var fault = Uri.TryCreate(text, UriKind.Absolute, out var address) ? ParentDialer.Fault(address) : "write it as scheme://host:port or unix:///path";
        if (fault is null) return address;
        result.AddError($"'{PrintableText.OneLine(text, 200)}' is no address for --from: {PrintableText.OneLine(fault, 400)}.");
        return null;
    }
}

/// <summary>A backup that was read back.</summary>
internal sealed record BackupView(string File, string Revision, long Entries, long Bytes, string Log, string EntryHash, DateTimeOffset SignedAt);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(BackupView))]
internal sealed partial class BackupJson : JsonSerializerContext;
