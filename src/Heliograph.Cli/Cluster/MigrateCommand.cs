// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Security.Cryptography;
using System.Text.Json.Serialization;
using Heliograph.Cli.Terminal;
using Heliograph.Cli.Tiers;
using Heliograph.Origin.Cluster;
using Microsoft.Extensions.Logging;

namespace Heliograph.Cli.Cluster;

/// <summary><c>helio migrate</c>: moves a realm's log between an origin's file and etcd.</summary>
internal sealed class MigrateCommand : Command
{
    private readonly Option<string> _data = new("--data") { Required = true, HelpName = "DIRECTORY", Description = "Data directory of the origin that has the log, or will have it. It must not run." };
    private readonly Option<string> _to = new("--to") { Required = true, HelpName = "STORE", Description = "etcd, or sqlite: back into the file." };
    private readonly EtcdOptions _etcd = new();

    public MigrateCommand(Shell shell) : base("migrate", "Move the log to etcd, or back: same entries, hashes, revisions. Interrupted anywhere, run it again.")
    {
        Add(_data);
        Add(_to);
        _etcd.AddTo(this);
        Validators.Add(result =>
        {
            if (result.ValueOrDefault(_to) is not ("etcd" or "sqlite")) result.AddError("--to is etcd or sqlite.");
            if (result.ValueOrDefault(_etcd.Members) is not { Length: > 0 }) result.AddError("--etcd says where etcd is; repeat it for each member.");
        });
        shell.Handle(this, RunAsync);
    }

    private async Task<ExitCode> RunAsync(Invocation run, CancellationToken cancellationToken)
    {
        var (directory, to, etcd) = (Path.GetFullPath(run.Value(_data)!), run.Value(_to)!, _etcd.Read(run));
        using var loggers = LoggerFactory.Create(TierLogging.ToStandardError);
        try
        {
            var cluster = new ClusterOptions { Etcd = etcd.Members, EtcdAuthorities = etcd.LoadAuthorities(), EtcdCertificate = etcd.LoadCertificate(), AllowUnsupportedEtcd = etcd.AllowUnsupported, Advertise = new("http://127.0.0.1") };
            var move = new LogMove(directory, cluster, loggers.CreateLogger<LogMove>(), TimeProvider.System);
            var revision = to == "etcd" ? await move.ToEtcdAsync(cancellationToken) : await move.ToFileAsync(cancellationToken);
            run.Output.Result(new MoveView(to, revision.ToString()), MoveJson.Default.MoveView, it =>
            {
                run.Output.Line($"The log is in {it.To} now, up to {it.Revision}.");
                run.Output.Say(to == "etcd"
                    ? $"Next: helio origin --data {directory} --etcd … --advertise …; further origins get copies of its trust.json, head-key.pem and access-keys.key."
                    : $"Next: helio origin --data {directory}, without --etcd.");
            });
            return ExitCode.Success;
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or CryptographicException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.Failure, exception.Message, directory, "Nothing is lost: correct it, and run the same command again.");
        }
    }
}

/// <summary>A log that was moved.</summary>
internal sealed record MoveView(string To, string Revision);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(MoveView))]
internal sealed partial class MoveJson : JsonSerializerContext;
