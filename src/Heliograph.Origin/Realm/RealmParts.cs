// SPDX-License-Identifier: Apache-2.0
using System.Security.Cryptography;
using Heliograph.Core.Heads;
using Heliograph.Core.Log;
using Heliograph.Core.Sequencing;
using Heliograph.Hosting.Listening;
using Heliograph.Hosting.Telemetry;
using Heliograph.Origin.Access;
using Heliograph.Origin.Approvals;
using Heliograph.Origin.Audit;
using Heliograph.Origin.Cluster;
using Heliograph.Origin.Enrolment;
using Heliograph.Origin.Oidc;
using Heliograph.Origin.Telemetry;
using Heliograph.Platform.Files;
using Heliograph.Platform.Pki;
using Heliograph.Platform.Trust;
using Heliograph.Replication.Entries;
using Heliograph.Replication.Counting;
using Heliograph.Replication.FanOut;
using Heliograph.Replication.Log;
using Heliograph.Replication.Replicas;
using Heliograph.Replication.Reports;
using Microsoft.Extensions.Logging;

namespace Heliograph.Origin.Realm;

/// <summary>The origin without its listeners: store, sequencer, hub, credentials. Opened in this order, closed in the other.</summary>
internal sealed class RealmParts : IHubGauges, IAsyncDisposable
{

    private readonly CancellationTokenSource _stopping = new();
    private readonly List<IDisposable> _disposables = [];
    private readonly ILogStore _store;
    private Task _loops = Task.CompletedTask;

    private RealmParts(OriginTrust trust, ILogStore store) => (_trust, _store) = (trust, store);

    private readonly OriginTrust _trust;

    public TrustCell Trust => _trust.Cell;

    public required Sequencer Sequencer { get; init; }

    public required Credentials Credentials { get; init; }

    public required AccessKeyring AccessKeys { get; init; }

    public required Authentication Authentication { get; init; }

    public required AuditTrail Audit { get; init; }

    public required Enroller Enroller { get; init; }

    /// <summary>Changes that wait for the consent of others.</summary>
    public required ChangeRequests Requests { get; init; }

    public required TokenUse TokenUse { get; init; }

    /// <summary>What the fleet runs: what is below this origin, and in a cluster below the others.</summary>
    public required IFleetSource Fleet { get; init; }

    /// <summary>What is below this origin alone: metrics of several origins are summed.</summary>
    public required ReportFold OwnFleet { get; init; }

    public required SeenInstances Seen { get; init; }

    public required RevisionSignal Signal { get; init; }

    public required FanOutHub Hub { get; init; }

    /// <summary>What the hub has done.</summary>
    public required FanOutCounts HubCounts { get; init; }

    public required LogScrubber Scrubber { get; init; }

    public required StoreSpace Space { get; init; }

    int IHubGauges.SubscriberCount => Hub.SubscriberCount;

    long IHubGauges.WaitingBytesMax => Hub.WaitingBytesMax;

    int IHubGauges.SnapshotsNow => Hub.SnapshotsNow;

    /// <summary>Passes changes to the origin that orders them; <see langword="null"/> where there is one origin.</summary>
    public WriteForwarder? Forwarder { get; init; }

    /// <summary>Exchanges who is connected with the other origins; <see langword="null"/> where there is one.</summary>
    public FleetSharing? Sharing { get; init; }

    /// <summary>Opens everything in the data directory; makes the realm there if there is none.</summary>
    public static async Task<RealmParts> OpenAsync(OriginOptions options, NodeTelemetry telemetry, ILoggerFactory loggers, TimeProvider time, CancellationToken cancellationToken)
    {
        if (options.ScrubInterval < TimeSpan.FromSeconds(1) || options.ScrubInterval > TimeSpan.FromDays(30))
            throw new ArgumentException($"ScrubInterval is 1 s to 30 days, not {options.ScrubInterval}.", nameof(options));
        if (options.CertificateLife < TimeSpan.FromSeconds(10) || options.CertificateLife > TimeSpan.FromDays(90))
            throw new ArgumentException($"CertificateLife is 10 s to 90 days, not {options.CertificateLife}.", nameof(options));
        var logger = loggers.CreateLogger<OriginHost>();
        MakeSure(options, logger);
        var trust = OriginTrust.Open(options.DataDirectory, logger);
        var anchor = trust.Cell.Anchor;
        var mark = new HighWaterFile(new DiskFileStore(options.DataDirectory), anchor.LogId);
        OpenedLog? store = null;
        AuditTrail? audit = null;
        Sequencer? sequencer = null;
        try
        {
            store = await OpenedLog.OpenAsync(options, anchor, loggers, time, cancellationToken);
            audit = await AuditTrail.OpenAsync(options.DataDirectory, anchor, options.Sequencing.NodeId, store.Store, time, loggers.CreateLogger<AuditTrail>(), cancellationToken);
            if (!options.AcceptsMalformedFlags) options.Sequencing.SettingRules = [.. options.Sequencing.SettingRules, new FeatureFlagRule()];
            options.Sequencing.Watch ??= new SequencerMetrics(telemetry.Meter, options.Telemetry.TraceRatio, options.Sequencing.NodeId, time);
            sequencer = await Sequencer.StartAsync(store.Store, trust.Issuer, mark, options.Sequencing, time, cancellationToken);
            var parts = Compose(options, trust, store, audit, sequencer, loggers, time);
            parts._disposables.InsertRange(0, [loggers, mark, trust]); // they outlive the others
            OriginMetrics.Add(telemetry.Meter, parts, options.Sequencing.QueueMax, time);
            CertificateMetrics.Add(telemetry.Meter, () => options.Listeners.Tls?.Current, time);
            await parts.BeginAsync(options, telemetry, logger, time, cancellationToken);
            return parts;
        }
        catch
        {
            if (sequencer is not null) await sequencer.DisposeAsync();
            audit?.Dispose();
            if (store is not null) await store.Store.DisposeAsync();
            mark.Dispose();
            trust.Dispose();
            throw;
        }
    }

    /// <summary>Sees to it that there is a realm in the data directory: makes one if there is none.</summary>
    private static void MakeSure(OriginOptions options, ILogger logger)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(options.DataDirectory);
        else Directory.CreateDirectory(options.DataDirectory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var (trust, key) = (Path.Combine(options.DataDirectory, RealmKeys.TrustFileName), Path.Combine(options.DataDirectory, RealmKeys.HeadKeyFileName));
        RealmKeys.Finish(options.DataDirectory);
        if (File.Exists(trust)) return;
        if (options.Cluster is not null)
            throw new IOException($"{options.DataDirectory} holds no {RealmKeys.TrustFileName}. The origins of a cluster are given theirs: 'helio cluster init' makes a directory for each, and 'helio migrate' says what to copy.");
        if (File.Exists(Path.Combine(options.DataDirectory, OpenedLog.FileName)))
            throw new IOException($"{options.DataDirectory} holds a log and no {RealmKeys.TrustFileName}. Put the realm's trust file back; a new one would be another realm.");
        var anchor = RealmKeys.Create(options.RealmName, options.DataDirectory);
        logger.RealmMade(anchor.Root.Realm, anchor.LogId.ToString(), trust, key);
    }

    private static RealmParts Compose(OriginOptions options, OriginTrust trust, OpenedLog store, AuditTrail audit, Sequencer sequencer, ILoggerFactory loggers, TimeProvider time)
    {
        var (credentials, fleet, source) = (new Credentials(sequencer, time), new ReportFold(options.Sequencing.NodeId), new SequencedRealm(sequencer));
        var issuing = options.IssueFrom is { } directory ? CertificateAuthority.Load(trust.Cell.Anchor.Root.Realm, directory, time) : null;
        var use = new TokenUse(options.DataDirectory, credentials, time);
        var enroller = new Enroller(sequencer, issuing, options.CertificateLife, time);
        var oidc = new OidcTokens(options.OidcIssuers, time, loggers.CreateLogger<OidcTokens>());
        var authentication = new Authentication(credentials, use, enroller, oidc, audit, time);
        var accessKeys = AccessKeyring.Open(sequencer, options.DataDirectory);
        var fanOut = new FanOutOptions { ReaderKeys = accessKeys, ReaderKeySubjects = OwnPeers.Subjects(options.TrustLoopback), ServerId = options.Sequencing.NodeId, ServerRole = "origin", Shards = Environment.ProcessorCount, ChannelLinger = TimeSpan.FromSeconds(60) };
        var authorizer = new RealmSyncAuthorizer(credentials, authentication, audit);
        var counts = fanOut.Counts;
        var random = new Random(RandomNumberGenerator.GetInt32(int.MaxValue));
        var hub = new FanOutHub(source, trust.Cell, fanOut, authorizer, fleet, time, random, loggers.CreateLogger<FanOutHub>()) { Entries = new EntryServer(new SequencedEntries(sequencer, store.Store), authorizer, time) };
        var signal = new RevisionSignal(sequencer);
        var forwarder = store.FindLeaderAsync is { } find ? new WriteForwarder(sequencer, find, options, signal, time, loggers.CreateLogger<WriteForwarder>()) : null;
        var shared = forwarder is null ? null : new SharedFleet(fleet, time);
        var seen = (IFleetSource?)shared ?? fleet;
        var parts = new RealmParts(trust, store.Store)
        {
            Sequencer = sequencer, Credentials = credentials, AccessKeys = accessKeys, Authentication = authentication, Audit = audit, Enroller = enroller, TokenUse = use, Requests = new ChangeRequests(sequencer, time, loggers.CreateLogger<ChangeRequests>()), OwnFleet = fleet, Fleet = seen, Seen = new SeenInstances(seen, time), Signal = signal, Hub = hub, HubCounts = counts, Space = new StoreSpace(time),
            Scrubber = new LogScrubber(store.ScrubAsync, options.ScrubInterval, time, loggers.CreateLogger<LogScrubber>()),
            Forwarder = forwarder,
            Sharing = shared is null ? null : new FleetSharing(shared, fleet, forwarder!, sequencer, options.Cluster!, options.Sequencing.NodeId, time, loggers.CreateLogger<FleetSharing>()),
        };
        parts._disposables.AddRange([source, parts.Signal, hub]);
        parts._disposables.Add(use);
        parts._disposables.Add(oidc);
        if (issuing is not null) parts._disposables.Add(issuing);
        if (forwarder is not null) parts._disposables.Add(forwarder);
        return parts;
    }

    private async Task BeginAsync(OriginOptions options, NodeTelemetry telemetry, ILogger logger, TimeProvider time, CancellationToken cancellationToken)
    {
        if (Sequencer.ReadOnlyReason is { } reason) new ModeLogger(Sequencer, logger).OnMode(reason);
        else if (Credentials.Tokens.Count == 0)
        {
            await AdminToken.EnsureAsync(Sequencer, Credentials, options.DataDirectory, time, cancellationToken);
            logger.AdminTokenMade(Path.Combine(options.DataDirectory, AdminToken.FileName));
        }
        if (Sequencer.ReadOnlyReason is null) await new AccessKeys(Sequencer, AccessKeys, time).NameReaderKeysAsync(cancellationToken);
        _disposables.Add(Sequencer.Observe(new ModeLogger(Sequencer, logger)));
        var propagation = new FleetPropagation(OwnFleet, Sequencer, Instruments.FleetPropagation.Record(telemetry.Meter), time);
        _loops = Task.WhenAll(
            propagation.RunAsync(_stopping.Token), _trust.RunAsync(Sequencer.IssueHead, time, _stopping.Token), Hub.RunAsync(_stopping.Token), Scrubber.RunAsync(_stopping.Token), Seen.RunAsync(_stopping.Token), Audit.RunAsync(Signal, _stopping.Token), TokenUse.RunAsync(_stopping.Token), Requests.RunAsync(_stopping.Token),
            Sharing?.RunAsync(_stopping.Token) ?? Task.CompletedTask);
    }

    /// <summary>Finishes what is under way, gives back the right to append, and closes the files.</summary>
    public async ValueTask DisposeAsync()
    {
        await Sequencer.DisposeAsync();
        await _stopping.CancelAsync();
        try { await _loops; }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested) { } // its way out
        Audit.Dispose();
        await _store.DisposeAsync();
        for (var i = _disposables.Count - 1; i >= 0; i--) _disposables[i].Dispose();
        _stopping.Dispose();
    }
}
