// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Net.Sockets;
using Heliograph.Yardstick.Load;
using Heliograph.Yardstick.Wires;
using Heliograph.Yardstick.Workloads;

namespace Heliograph.Yardstick.Systems;

/// <summary>Everything that a workload knows of a system: it starts, it is published to, subscribers speak its wire, one process of it is measured.</summary>
internal abstract class MeasuredSystem : IDisposable
{
    protected static readonly TimeSpan StartWithin = TimeSpan.FromSeconds(30);

    private readonly string _directory = Directory.CreateTempSubdirectory("heliograph-yardstick-").FullName;
    private int _publishFailures;

    /// <summary>Whether logs and data stay when a run is over, to be looked at.</summary>
    public static bool KeepsFiles { get; set; }

    /// <summary>As it is named on the command line.</summary>
    public abstract string Name { get; }

    /// <summary>Where subscribers connect.</summary>
    public int Port { get; protected set; }

    /// <summary>The process whose CPU and memory count.</summary>
    public MeasuredProcess Server { get; protected set; } = null!;

    /// <summary>How the load client speaks TLS to it; <see langword="null"/> in plaintext.</summary>
    public TlsClient? Tls { get; protected set; }

    /// <summary>Publications that failed. A run with any is not a result.</summary>
    public int PublishFailures => Volatile.Read(ref _publishFailures);

    /// <summary>Whether a cold client can get stored values.</summary>
    public virtual bool HasStoredValues => true;

    /// <summary>Whether a client that was away says where it stands and gets only what is new.</summary>
    public virtual bool CanResume => false;

    /// <summary>How the load client speaks TLS without showing a certificate.</summary>
    public TlsClient? AnonymousTls { get; protected set; }

    /// <summary>Starts the server, connects the publisher.</summary>
    public abstract void Start();

    /// <summary>Starts only what takes durable changes; that is what is measured then.</summary>
    public virtual void StartForWriting() => Start();

    /// <summary>Connects an author of durable changes; <see langword="null"/> where a change is not durable when it is acknowledged.</summary>
    public virtual IAuthor? NewAuthor(int author) => null;

    /// <summary>What a fleet of its subscribers speaks.</summary>
    public abstract Wire NewWire(int storedValues);

    /// <summary>Stores the values that cold clients get.</summary>
    public abstract void Store(int keys, int valueBytes);

    /// <summary>Publishes one value; returns when it was handed over, at once where the protocol allows.</summary>
    public abstract void Publish(byte[] value, int key);

    /// <summary>What else is to be said about a run: verification, other processes' CPU.</summary>
    public virtual void Conclude(Fleet fleet, Figures figures)
    {
    }

    /// <summary>Takes note of the CPU of processes that are not measured but belong to the system.</summary>
    public virtual double OtherCpuSeconds => 0;

    /// <summary>Ends every process of it.</summary>
    public virtual void Dispose()
    {
        Server?.Dispose();
        Tls?.Dispose();
        if (AnonymousTls != Tls) AnonymousTls?.Dispose();
        if (KeepsFiles) Console.Error.WriteLine($"{Name}: its files are in {_directory}");
        else Directory.Delete(_directory, recursive: true);
    }

    protected string PathOf(string name) => Path.Combine(_directory, name);

    protected void PublishFailed(string why)
    {
        if (Interlocked.Increment(ref _publishFailures) <= 5) Console.Error.WriteLine($"{Name}: {why}");
    }

    protected static string Key(int key) => $"svc-{key % 20:d2}/section-{key / 20:d2}";

    protected static byte[] StoredValue(int key, int bytes) => Stamp.NewValue(bytes, Stamp.Stored, key);

    /// <summary>Ports that nobody uses now.</summary>
    internal static int[] FreePorts(int count)
    {
        var probes = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        foreach (var probe in probes) probe.Start();
        int[] ports = [.. probes.Select(probe => ((IPEndPoint)probe.LocalEndpoint).Port)];
        foreach (var probe in probes) probe.Dispose();
        return ports;
    }
}
