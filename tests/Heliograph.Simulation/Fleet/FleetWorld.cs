// SPDX-License-Identifier: Apache-2.0
using System.Text;
using Heliograph.Core.Heads;
using Heliograph.Core.Wire;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.FanOut;
using Heliograph.Replication.Ports;
using Heliograph.Simulation.Checkers;
using Heliograph.Simulation.Disk;
using Heliograph.Simulation.Faults;
using Heliograph.Simulation.Kernel;
using Heliograph.Simulation.Log;
using Heliograph.Simulation.Network;

namespace Heliograph.Simulation.Fleet;

/// <summary>What every machine of a simulated fleet shares: the kernel, the models, the realm, the checkers.</summary>
public sealed class FleetWorld
{
    /// <summary>The client that has a token in the place of a certificate.</summary>
    public const string TokenBearer = "client-5";

    /// <summary>An empty world.</summary>
    public FleetWorld(ulong seed)
    {
        Scheduler = new SimScheduler(seed);
        Faults = FaultMenu.Swarm(Scheduler);
        Network = new SimNetwork(Scheduler, Faults);
        Options = new FleetOptions(Scheduler);
        Realm = new SimRealm("shop", Options.HasTwoOrigins ? 2 : 1);
        Starts = new AlwaysStarts(Scheduler);
    }

    /// <summary>The kernel.</summary>
    public SimScheduler Scheduler { get; }

    /// <summary>What may go wrong.</summary>
    public FaultMenu Faults { get; }

    /// <summary>What connects the machines.</summary>
    public SimNetwork Network { get; }

    /// <summary>How this seed's fleet is set up.</summary>
    public FleetOptions Options { get; }

    /// <summary>Whom everyone trusts.</summary>
    public SimRealm Realm { get; }

    /// <summary>The log's server, while it runs.</summary>
    public SimLogServer? LogServer { get; set; }

    /// <summary>Every hub that runs, by its machine.</summary>
    public SortedDictionary<string, FanOutHub> Hubs { get; } = new(StringComparer.Ordinal);

    /// <summary>I1 and I8.</summary>
    public AcknowledgedChanges Acknowledged { get; } = new();

    /// <summary>I2 and I5.</summary>
    public OneHistory History { get; } = new();

    /// <summary>I3.</summary>
    public NeverBackwards Backwards { get; } = new();

    /// <summary>I1, where a store loses entries.</summary>
    public SignedMarks Marks { get; } = new();

    /// <summary>I6.</summary>
    public AlwaysStarts Starts { get; }

    /// <summary>I5, for roots.</summary>
    public RightRoots Roots { get; } = new();

    /// <summary>Who rotates keys; set before anyone starts.</summary>
    public Ceremony Ceremony { get; set; } = null!;

    /// <summary>Looks at what a machine trusts, whenever that grows.</summary>
    public IDisposable Watch(string node, TrustCell trust)
    {
        return trust.Observe(() =>
        {
            Scheduler.Tell(node, $"trusts root {trust.Current.Roots.Version}");
            Judge(() => Roots.Adopted(node, trust.Current, Ceremony.Roots));
        });
    }

    /// <summary>I16.</summary>
    public BoundedMemory Memory { get; } = new(64 << 10);

    /// <summary>Whether nothing goes wrong any more.</summary>
    public bool IsHealed { get; set; }

    /// <summary>Namespaces that were ever deleted: a machine may have to do without.</summary>
    public SortedSet<NamespaceName> Deleted { get; } = [];

    /// <summary>Whether a namespace was ever deleted, as an origin published it or as the log has it: the one that wrote it may have died before it could say so.</summary>
    public bool WasDeleted(NamespaceName name) =>
        Deleted.Contains(name) || LogServer?.Entries.Any(entry => entry.Content.BodyCase == Entry.BodyOneofCase.DeleteNamespace && entry.Content.Namespace == name.Value) == true;

    /// <summary>Runs a check. What it finds ends the run and is not thrown: the product, which may be the one who calls, goes on serving whatever is thrown at it.</summary>
    public void Judge(Action check)
    {
        try
        {
            check();
        }
        catch (ViolationException violation)
        {
            Scheduler.Fail(violation);
        }
    }

    /// <summary>Who is at the other end of a connection, as far as it proves anything: on its own host everyone, otherwise those who have a certificate.</summary>
    public static PeerIdentity Proven(string name, Role role) =>
        role == Role.Agent ? new PeerIdentity(name, PeerKind.Local) : name is Stranger.Name or TokenBearer ? PeerIdentity.Anonymous : new PeerIdentity(name, PeerKind.Certificate);

    /// <summary>The token of someone who has one.</summary>
    public static byte[] TokenOf(string name) => Encoding.UTF8.GetBytes("token of " + name);

    /// <summary>Whose token it is.</summary>
    public static string? SubjectOf(ReadOnlyMemory<byte> token) => new[] { Stranger.Name, TokenBearer }.FirstOrDefault(name => token.Span.SequenceEqual(TokenOf(name)));

    /// <summary>A machine of the fleet.</summary>
    public SimHost Host(string name, Func<SimHost, SimProcess, Task> main, SimTree? disk = null, string? identity = null, bool mayReadStale = true, bool mayMisdirect = true)
    {
        var files = new SimDisk(Scheduler, Faults, name) { MayReadStale = mayReadStale, MayMisdirect = mayMisdirect };
        if (disk is not null) files.Restore(disk);
        return new SimHost(Scheduler, Network, name, files, main) { Identity = identity ?? name, MayEndWith = MayEndWith };
    }

    /// <summary>How a process of the product may end by itself: it is written to stop rather than to go on wrong.</summary>
    private static bool MayEndWith(Exception exception) => exception is IOException or InvalidDataException or Core.Sequencing.LogLostException;
}
