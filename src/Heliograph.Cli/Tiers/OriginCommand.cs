// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Tiers;

/// <summary><c>helio origin</c>: accepts, orders and signs changes.</summary>
internal sealed class OriginCommand : Command
{
    private readonly Option<string> _data = TierOptions.DataDirectory();
    private readonly Option<Uri[]> _listen = TierOptions.Listen("Where to listen: tls://host:port for everyone, http://, tcp:// and grpc+tcp:// on loopback; may be repeated. Default: http://127.0.0.1:7430 and tcp://127.0.0.1:7431.");
    private readonly TlsOptions _tls = new();
    private readonly ClusterTier _cluster = new();
    private readonly TelemetryTier _telemetry = new();
    private readonly AppConfigurationTier _appConfiguration = new(isOrigin: true);
    private readonly Option<string> _id = TierOptions.Id();
    private readonly Option<TimeSpan> _heartbeat = new("--heartbeat") { HelpName = "DURATION", CustomParser = Duration.Parse, DefaultValueFactory = _ => TimeSpan.FromSeconds(10), Description = "Between two signed heads when nothing changes. Default: 10s." };
    private readonly Option<TimeSpan> _headLifetime = new("--head-lifetime") { HelpName = "DURATION", CustomParser = Duration.Parse, DefaultValueFactory = _ => TimeSpan.FromMinutes(10), Description = "How long a head may advance a replica. Default: 10m." };
    private readonly Option<TimeSpan> _scrubInterval = new("--scrub-interval") { HelpName = "DURATION", CustomParser = Duration.Parse, DefaultValueFactory = _ => TimeSpan.FromHours(24), Description = "How often the whole log is hashed again, at most 10 MB/s. Default: 24h." };
    private readonly Option<bool> _acceptMalformed = TierOptions.AcceptMalformedFlags(otherwise: false);
    private readonly Option<string?> _webhooks = TierOptions.Webhooks();
    private readonly Option<string?> _oidc = TierOptions.Oidc();
    private readonly Option<TimeSpan> _connectionAge = TierOptions.ConnectionAge();
    private readonly Option<string?> _issueFrom = new("--issue-from") { HelpName = "DIRECTORY", Description = "Directory of the realm's authority ('helio certs init'): enrol nodes and renew their certificates. Default: issue none." };
    private readonly Option<TimeSpan> _certificateLife = new("--certificate-life") { HelpName = "DURATION", CustomParser = Duration.Parse, DefaultValueFactory = _ => TimeSpan.FromDays(7), Description = "How long certificates last that it issues, 10s to 90d. Default: 7d." };
    private readonly Option<string?> _realm = new("--realm") { HelpName = "NAME", Description = "Name of a realm made by this start; another name than that of a realm that is there is refused. Default: heliograph." };

    public OriginCommand(Shell shell, Func<OriginArguments, CancellationToken, Task<int>> run) : base("origin", "Run an origin: accept, order and sign changes.")
    {
        _listen.DefaultValueFactory = _ => [new("http://127.0.0.1:7430"), new("tcp://127.0.0.1:7431")];
        Add(TierOptions.Config());
        Add(_data);
        Add(_listen);
        _tls.AddTo(this);
        _cluster.AddTo(this);
        _appConfiguration.AddTo(this);
        _telemetry.AddTo(this);
        Add(_heartbeat);
        Add(_headLifetime);
        Add(_scrubInterval);
        Add(_realm);
        Add(_issueFrom);
        Add(_certificateLife);
        TierOptions.AddConnectionAge(this, _connectionAge);
        Add(_acceptMalformed);
        Add(_webhooks);
        Add(_oidc);
        Add(_id);
        Validators.Add(result =>
        {
            var (heartbeat, lifetime) = (result.ValueOrDefault(_heartbeat), result.ValueOrDefault(_headLifetime));
            if (heartbeat < TimeSpan.FromSeconds(1) || heartbeat > TimeSpan.FromHours(1) || heartbeat.Ticks % TimeSpan.TicksPerSecond != 0) result.AddError("--heartbeat is 1s to 1h, in whole seconds.");
            if (lifetime > TimeSpan.FromDays(7)) result.AddError("--head-lifetime is at most 7d.");
            if (result.ValueOrDefault(_scrubInterval) is var scrub && (scrub < TimeSpan.FromSeconds(1) || scrub > TimeSpan.FromDays(30))) result.AddError("--scrub-interval is 1s to 30d.");
            if (result.ValueOrDefault(_certificateLife) is var life && (life < TimeSpan.FromSeconds(10) || life > TimeSpan.FromDays(90))) result.AddError("--certificate-life is 10s to 90d.");
            if (lifetime < 2 * heartbeat) result.AddError("--head-lifetime must be at least twice --heartbeat, or replicas run into expired heads between two.");
        });
        shell.Handle(this, async (invocation, cancellationToken) => (ExitCode)await run(Read(invocation), cancellationToken));
    }

    private OriginArguments Read(Invocation run) => new(
        Path.GetFullPath(run.Value(_data)!),
        run.Value(_listen)!,
        _tls.Files(run), run.Value(_heartbeat), run.Value(_headLifetime), run.Value(_scrubInterval), run.Value(_realm), run.Value(_id)!, run.Output.Format) { IssueFrom = run.Value(_issueFrom) is { } authority ? Path.GetFullPath(authority) : null, CertificateLife = run.Value(_certificateLife), ConnectionAge = run.Value(_connectionAge), Telemetry = _telemetry.Read(run), AppConfiguration = _appConfiguration.Read(run), AcceptsMalformedFlags = run.Value(_acceptMalformed), Webhooks = run.Value(_webhooks), Oidc = run.Value(_oidc), Cluster = _cluster.Read(run) };
}
