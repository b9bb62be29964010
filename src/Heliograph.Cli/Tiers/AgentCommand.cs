// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using Heliograph.Cli.Enrolment;
using Heliograph.Cli.Terminal;
using Heliograph.Core.LastKnownGood;
using Heliograph.Core.Replicas;

namespace Heliograph.Cli.Tiers;

/// <summary><c>helio agent</c>: one per host; keeps last-known-good on disk and serves every process of the host.</summary>
internal sealed class AgentCommand : Command
{
    private readonly Option<string> _data = TierOptions.DataDirectory();
    private readonly Option<string?> _socket = new("--socket") { HelpName = "PATH", Description = "Unix socket for the processes of this host. Default: agent.sock in the data directory." };
    private readonly Option<Uri[]> _listen = TierOptions.Listen("Addresses of this host: http://127.0.0.1:7440, grpc+tcp://127.0.0.1:7441, grpc+unix:///path; may be repeated. Default: none.");
    private readonly Option<Uri[]> _parents = TierOptions.Parents();
    private readonly Option<bool> _singleParent = TierOptions.SingleParent();
    private readonly Option<string> _trust = TierOptions.Trust();
    private readonly TlsOptions _tls = new();
    private readonly RenewalTier _renewal = new();
    private readonly TelemetryTier _telemetry = new();
    private readonly AppConfigurationTier _appConfiguration = new(isOrigin: false);
    private readonly OpenFeatureTier _openFeature = new();
    private readonly Option<string?> _region = TierOptions.Place("--region", "Region of this host.");
    private readonly Option<string?> _zone = TierOptions.Place("--zone", "Zone of this host.");
    private readonly Option<string> _id = TierOptions.Id();
    private readonly Option<TimeSpan> _staleAfter = TierOptions.StaleAfter();
    private readonly Option<TimeSpan> _bakeTime = new("--bake-time") { HelpName = "DURATION", CustomParser = Duration.Parse, DefaultValueFactory = _ => BootGuard.BakeTimeDefault, Description = "How long a service must run well on a revision before it counts as good. Default: 10m." };
    private readonly Option<string[]> _project = new("--project") { HelpName = "FILE", DefaultValueFactory = _ => [], Description = "Keep settings as files, as this file says; may be repeated." };
    private readonly Option<string[]> _projectCommands = new("--project-command") { HelpName = "PATH", DefaultValueFactory = _ => [], Description = "A program that a projection may run after a change; may be repeated. Default: none." };
    private readonly Option<NamespacePattern[]> _subscribe = TierOptions.Subscribe();

    public AgentCommand(Shell shell, Func<AgentArguments, CancellationToken, Task<int>> run) : base("agent", "Run an agent: keep last-known-good and serve this host.")
    {
        foreach (var option in new Option[] { TierOptions.Config(), _data, _socket, _listen, _parents, _singleParent, _trust }) Add(option);
        _tls.AddTo(this);
        _renewal.AddTo(this);
        _appConfiguration.AddTo(this);
        _telemetry.AddTo(this);
        _openFeature.AddTo(this);
        foreach (var option in new Option[] { _id, _region, _zone, _staleAfter, _bakeTime, _project, _projectCommands, _subscribe }) Add(option);
        Validators.Add(result =>
        {
            if (result.ValueOrDefault(_bakeTime) is var bake && (bake < TimeSpan.FromSeconds(1) || bake > TimeSpan.FromDays(7))) result.AddError("--bake-time is 1s to 7d.");
            foreach (var address in result.GetValue(_listen) ?? [])
                if (address.Scheme == "tls") result.AddError($"An agent serves its own host only; {address} could be reached from elsewhere.");
        });
        shell.Handle(this, async (invocation, cancellationToken) => (ExitCode)await run(Read(invocation), cancellationToken));
    }

    private AgentArguments Read(Invocation run) => new(
        Path.GetFullPath(run.Value(_data)!), run.Value(_socket), run.Value(_listen)!, run.Value(_parents)!, run.Value(_singleParent), Path.GetFullPath(run.Value(_trust)!), _tls.Files(run),
        run.Value(_id)!, run.Value(_region), run.Value(_zone), run.Value(_staleAfter), run.Value(_bakeTime), run.Value(_subscribe)!, run.Output.Format) { Renewal = _renewal.Read(run), Telemetry = _telemetry.Read(run), AppConfiguration = _appConfiguration.Read(run), OpenFeature = _openFeature.Read(run), Projections = run.Value(_project)!, ProjectionCommands = run.Value(_projectCommands)! };
}
