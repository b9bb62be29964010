// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using Heliograph.Cli.Enrolment;
using Heliograph.Cli.Terminal;
using Heliograph.Core.Replicas;

namespace Heliograph.Cli.Tiers;

/// <summary><c>helio relay</c>: follows parents and fans out.</summary>
internal sealed class RelayCommand : Command
{
    private readonly Option<string> _data = TierOptions.DataDirectory();
    private readonly Option<Uri[]> _listen = TierOptions.Listen("Where to listen: tls://host:port for everyone, http:// and tcp:// on loopback; may be repeated.");
    private readonly Option<Uri[]> _parents = TierOptions.Parents();
    private readonly Option<bool> _singleParent = TierOptions.SingleParent();
    private readonly Option<string> _trust = TierOptions.Trust();
    private readonly TlsOptions _tls = new();
    private readonly RenewalTier _renewal = new();
    private readonly Option<TimeSpan> _connectionAge = TierOptions.ConnectionAge();
    private readonly TelemetryTier _telemetry = new();
    private readonly AppConfigurationTier _appConfiguration = new(isOrigin: false);
    private readonly Option<string> _id = TierOptions.Id();
    private readonly Option<TimeSpan> _staleAfter = TierOptions.StaleAfter();
    private readonly Option<string?> _region = TierOptions.Place("--region", "Region of this relay.");
    private readonly Option<string?> _zone = TierOptions.Place("--zone", "Zone of this relay.");
    private readonly Option<string?> _archive = new("--archive") { HelpName = "DIRECTORY", Description = "Also keep the log itself here, entry by entry: a lost origin is rebuilt from it. Needs the role reader on heliograph.log." };
    private readonly Option<int> _subscribersMax = TierOptions.Bounded("--subscribers-max", 100_000, "Subscribers served at once; further ones are asked to connect elsewhere, and to wait before. 1 to 1,000,000. Default: 100,000.");
    private readonly Option<int> _snapshotsAtOnce = TierOptions.Bounded("--snapshots-at-once", 256, "Snapshots written at once; further subscribers wait their turn: what a storm may take of memory. 1 to 65,536. Default: 256.");
    private readonly Option<NamespacePattern[]> _subscribe = TierOptions.Subscribe();

    public RelayCommand(Shell shell, Func<RelayArguments, CancellationToken, Task<int>> run) : base("relay", "Run a relay: follow parents, verify, fan out.")
    {
        _listen.Required = true;
        foreach (var option in new Option[] { TierOptions.Config(), _data, _listen, _parents, _singleParent, _trust }) Add(option);
        _tls.AddTo(this);
        _renewal.AddTo(this);
        TierOptions.AddConnectionAge(this, _connectionAge);
        _appConfiguration.AddTo(this);
        _telemetry.AddTo(this);
        foreach (var option in new Option[] { _id, _region, _zone, _staleAfter, _subscribe, _archive }) Add(option);
        TierOptions.AddBounded(this, _subscribersMax, 1_000_000);
        TierOptions.AddBounded(this, _snapshotsAtOnce, 65_536);
        shell.Handle(this, async (invocation, cancellationToken) => (ExitCode)await run(Read(invocation), cancellationToken));
    }

    private RelayArguments Read(Invocation run) => new(
        Path.GetFullPath(run.Value(_data)!), run.Value(_listen)!, run.Value(_parents)!, run.Value(_singleParent), Path.GetFullPath(run.Value(_trust)!), _tls.Files(run),
        run.Value(_id)!, run.Value(_region), run.Value(_zone), run.Value(_staleAfter), run.Value(_subscribe)!, run.Output.Format) { Renewal = _renewal.Read(run), ConnectionAge = run.Value(_connectionAge), SubscribersMax = run.Value(_subscribersMax), SnapshotsAtOnceMax = run.Value(_snapshotsAtOnce), Telemetry = _telemetry.Read(run), AppConfiguration = _appConfiguration.Read(run), ArchiveDirectory = run.Value(_archive) is { } archive ? Path.GetFullPath(archive) : null };
}
