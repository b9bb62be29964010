// SPDX-License-Identifier: Apache-2.0
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Heliograph.Core.Heads;
using Heliograph.Platform.Trust;
using Heliograph.Yardstick.Load;
using Heliograph.Yardstick.Wires;
using Heliograph.Yardstick.Workloads;

namespace Heliograph.Yardstick.Systems;

/// <summary>The whole product: authors publish through the API of a real origin, a real relay follows it, verifies, persists and fans out. The relay is what is measured.</summary>
/// <param name="program">The <c>helio</c> to run.</param>
/// <param name="settings">What may be varied.</param>
internal class HeliographSystem(string program, HeliographSettings settings) : MeasuredSystem
{
    private const string Realm = "bench", Namespace = "bench.settings";
    private const int SmallValueBytes = 48;

    private readonly SemaphoreSlim _window = new(64);
    private readonly ConcurrentQueue<double> _commitMs = new();
    private MeasuredProcess? _origin;
    private OriginApi? _api;
    private Uri? _relayHttp;
    private int _apiPort;
    private string _token = "";
    private TrustAnchor? _anchor;
    private SyncWire? _wire;

    public override string Name => "heliograph";

    public override double OtherCpuSeconds => _origin?.CpuSeconds ?? 0;

    public override bool CanResume => true;

    /// <summary>The origin's process.</summary>
    public MeasuredProcess Origin => _origin!;

    /// <summary>Where the next wire writes down when a subscriber has read an update whole.</summary>
    public ArrivalLog? Arrivals { get; set; }

    /// <summary>What else the relay is told.</summary>
    public IReadOnlyList<string> RelayArguments { get; set; } = [];

    /// <summary>The origin alone.</summary>
    public override void StartForWriting()
    {
        var ports = FreePorts(2);
        StartOrigin(ports[0], ports[1]);
        Server = _origin!;
    }

    public override IAuthor NewAuthor(int author) => new HttpAuthor(_apiPort, _token, Namespace, author);

    public override void Start()
    {
        var ports = FreePorts(4);
        var (sync, relayHttp) = (ports[1], new Uri($"http://127.0.0.1:{ports[2]}"));
        Port = ports[3];
        StartOrigin(ports[0], sync);
        Server = new MeasuredProcess(program,
            ["relay", "--id", "r1", "--region", "eu-central", "--data", PathOf("relay"), "--trust", PathOf("trust.json"), "--listen", ListenAddress(Port), "--listen", relayHttp.OriginalString,
                "--parent", ParentOf(sync), "--subscribe", Namespace, .. RelayCredentials(), .. RelayArguments, "-o", "json"],
            PathOf("relay.log"), settings.RelayEnvironment);
        Server.WaitForReadyLine(StartWithin);
        WaitUntilRelayHolds(relayHttp, settings.Keys);
        _relayHttp = relayHttp;
    }

    public override Wire NewWire(int storedValues) => _wire = WireFor(new SyncPlan(Namespace, _anchor!.LogId.ToArray()) { Reports = settings.Reports, ReportInterval = settings.ReportInterval, Arrivals = Arrivals });

    public override void Store(int keys, int valueBytes)
    {
        foreach (var chunk in Enumerable.Range(0, keys).Chunk(200))
            _api!.PutManyAsync(Namespace, chunk.Select(key => (Key(key), Encoding.ASCII.GetString(StoredValue(key, valueBytes))))).GetAwaiter().GetResult();
        WaitUntilRelayHolds(_relayHttp!, Math.Max(keys, settings.Keys));
    }

    public override void Publish(byte[] value, int key) => _ = CommitAsync(value, key);

    /// <summary>Publishes one value that was due at a time; waits only while as many as the author keeps under way are not answered.</summary>
    /// <returns>What the origin made of it; <see langword="null"/> if it failed.</returns>
    public Task<(Revision Revision, DateTimeOffset CommittedAt)?> CommitAsync(byte[] value, int key)
    {
        _window.Wait();
        return PublishAsync(Encoding.ASCII.GetString(value), Key(key % settings.Keys));
    }

    public override void Conclude(Fleet fleet, Figures figures)
    {
        var (updates, proofs) = Verification.Run(fleet, Namespace, _anchor!);
        figures["verifiedUpdates"] = updates;
        figures["verifiedProofs"] = proofs;
        figures["reports"] = _wire!.ReportsSent;
        double[] commits = [.. _commitMs.Order()];
        (figures["commitMs"], figures["commitMsMax"]) = (Percentiles.Of(commits, 0.5), Percentiles.Of(commits, 1));
        figures["parentsLost"] = Server.CountOfLines("[2101]"); // the event of a lost parent
        if (figures["parentsLost"] > 0) fleet.Recorder.Fault($"the relay lost its parent {figures["parentsLost"]} times: see its log with --keep-files");
        if (!_wire.IsJournalWhole) figures.Note("not everything that the sampled subscribers received was kept for verifying");
        if (updates == 0) fleet.Recorder.Fault("nothing was verified");
    }

    public override void Dispose()
    {
        _api?.Dispose();
        Server?.Dispose(); // first: it says goodbye to its parent
        _origin?.Dispose();
        _window.Dispose();
        base.Dispose();
    }

    protected string Program => program;

    protected string OwnPath(string name) => PathOf(name);

    /// <summary>How the relay's subscribers reach it.</summary>
    protected virtual string ListenAddress(int port) => $"tcp://127.0.0.1:{port}";

    /// <summary>What a relay with TLS is told.</summary>
    protected virtual IEnumerable<string> RelayCredentials() => [];

    /// <summary>Who its subscribers are, as roles name them.</summary>
    protected virtual string SubscriberSubject => "local*";

    protected virtual SyncWire WireFor(SyncPlan plan) => new(plan);

    private static string ParentOf(int port) => $"tcp://127.0.0.1:{port}";

    private void StartOrigin(int apiPort, int sync)
    {
        var api = new Uri($"http://127.0.0.1:{apiPort}");
        _origin = new MeasuredProcess(program, ["origin", "--realm", Realm, "--id", "o1", "--data", PathOf("origin"), "--listen", api.OriginalString, "--listen", ParentOf(sync), "-o", "json"], PathOf("origin.log"));
        using var ready = JsonDocument.Parse(_origin.WaitForReadyLine(StartWithin));
        File.Copy(ready.RootElement.GetProperty("trust").GetString()!, PathOf("trust.json"));
        _anchor = TrustFile.Load(PathOf("trust.json"));
        (_apiPort, _token) = (apiPort, File.ReadAllText(ready.RootElement.GetProperty("tokenFile").GetString()!).Trim());
        _api = new OriginApi(api, _token);
        PrepareAsync().GetAwaiter().GetResult();
    }

    /// <summary>A realm of many namespaces, so that proofs have a length, and one with many settings, so that a state has a size.</summary>
    private async Task PrepareAsync()
    {
        await _api!.GrantAsync("this-machine", "local*", "*");
        if (SubscriberSubject != "local*") await _api.GrantAsync("subscribers", SubscriberSubject, "bench.*");
        await _api.CreateNamespaceAsync(Namespace);
        for (var i = 1; i < settings.Namespaces; i++) await _api.CreateNamespaceAsync($"bench.other-{i}");
        await _api.PutManyAsync(Namespace, Enumerable.Range(0, settings.Keys).Select(key => (Key(key), $"value {key} ".PadRight(SmallValueBytes, '.'))));
    }

    private void WaitUntilRelayHolds(Uri relayHttp, int records)
    {
        for (var since = Stopwatch.StartNew(); since.Elapsed < StartWithin; Thread.Sleep(100))
        {
            using var replica = _api!.GetAsync(new Uri(relayHttp, "api/v1/replica")).GetAwaiter().GetResult();
            foreach (var held in replica.RootElement.GetProperty("namespaces").EnumerateArray())
                if (held.GetProperty("namespace").GetString() == Namespace && held.GetProperty("settings").GetInt32() >= records) return;
        }
        throw new TimeoutException($"The relay does not hold {records} settings of {Namespace}:{Environment.NewLine}{Server.Tail()}");
    }

    private async Task<(Revision Revision, DateTimeOffset CommittedAt)?> PublishAsync(string value, string key)
    {
        try
        {
            var began = Stopwatch.GetTimestamp();
            var committed = await _api!.PutAsync(Namespace, key, value);
            _commitMs.Enqueue(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            return committed;
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException or OperationCanceledException)
        {
            PublishFailed(exception.Message);
            return null;
        }
        finally
        {
            _window.Release();
        }
    }
}

/// <summary>What may be varied of Heliograph.</summary>
internal sealed record HeliographSettings
{
    /// <summary>Namespaces of the realm.</summary>
    public int Namespaces { get; init; } = 100;

    /// <summary>Settings of the namespace that changes.</summary>
    public int Keys { get; init; } = 256;

    /// <summary>Whether subscribers report what they run.</summary>
    public bool Reports { get; init; } = true;

    /// <summary>Least time between two reports of one subscriber.</summary>
    public TimeSpan ReportInterval { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Environment of the relay, such as settings of the garbage collector.</summary>
    public IReadOnlyDictionary<string, string> RelayEnvironment { get; init; } = new Dictionary<string, string>();
}
