// SPDX-License-Identifier: Apache-2.0
using Google.Protobuf;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.Ports;
using Heliograph.Replication.Reports;
using Heliograph.Simulation.Checkers;
using Heliograph.Simulation.Kernel;

namespace Heliograph.Simulation.Fleet;

/// <summary>A peer without manners, at any hub: it says what no follower says, and watches that it is told nothing that it may not read (I15). It follows nothing.</summary>
/// <remarks>Only what it may say is scripted here; whether a hub stands it is for the checkers of the whole fleet.</remarks>
public sealed class Stranger(FleetWorld world)
{
    /// <summary>Its name, for which no certificate stands: it must prove itself by a token.</summary>
    public const string Name = "stranger";

    private static readonly TimeSpan _stay = TimeSpan.FromSeconds(2);

    private readonly Random _random = world.Scheduler.NewRandom(Name);

    /// <summary>Goes from hub to hub for as long as its process lives and things go wrong.</summary>
    public async Task RunAsync(SimHost host, SimProcess process)
    {
        while (true)
        {
            await Task.Delay(_random.Between(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(6)), process.Time, CancellationToken.None);
            if (world.IsHealed || world.Hubs.Count == 0) continue;
            await VisitAsync(process, _random.Pick([.. world.Hubs.Keys]));
        }
    }

    private async Task VisitAsync(SimProcess process, string hub)
    {
        try
        {
            await using var connection = await world.Network.DialerFor(process).ConnectAsync(new ParentAddress(new Uri($"tls://{hub}:1")), CancellationToken.None);
            foreach (var (type, message) in Say(hub)) await connection.WriteAsync(Frame.Encode(type, message), CancellationToken.None);
            if (_random.Chance(0.2)) await connection.WriteAsync(Garbage(), CancellationToken.None);
            if (_random.Chance(0.2)) await Task.Delay(8 * _stay, process.Time, CancellationToken.None); // it reads nothing
            else await ListenAsync(connection, process);
        }
        catch (Exception exception) when (exception is IOException or ProtocolException or OperationCanceledException)
        {
            world.Scheduler.Tell(Name, $"is shown the door by {hub}");
        }
    }

    /// <summary>Reads for a while. What comes must be what anyone in its place may read.</summary>
    private static async Task ListenAsync(IConnection connection, SimProcess process)
    {
        var decoder = new FrameDecoder();
        using var enough = new CancellationTokenSource(_stay, process.Time);
        while (!enough.IsCancellationRequested)
        {
            while (decoder.TryRead(out var type, out var message))
            {
                if (type == FrameType.Names && Names.Parser.ParseFrom(message.Span).Names_.FirstOrDefault(named => named == Authors.Vault.Value || named == NamespaceName.Credentials.Value) is { } told)
                    throw new ViolationException("I15", $"{connection.Peer} told a stranger of {told}.");
                if (type == FrameType.Update && Update.Parser.ParseFrom(message.Span).Namespace is var name && (name == Authors.Vault.Value || name == NamespaceName.Credentials.Value))
                    throw new ViolationException("I15", $"{connection.Peer} gave {name} to a stranger.");
            }
            var count = await connection.ReadAsync(decoder.GetBuffer(), enough.Token);
            if (count == 0) return;
            decoder.Advance(count);
        }
    }

    private IEnumerable<(FrameType, IMessage)> Say(string hub)
    {
        var role = _random.Pick([Role.Client, Role.Agent, Role.Relay]);
        var hello = new Hello { ProtocolMin = ProtocolVersion.Min, ProtocolMax = ProtocolVersion.Max, Role = role, Instance = new Instance { Id = Name }, LogId = ByteString.CopyFrom(world.Realm.Anchor.LogId.ToArray()), BearerToken = ByteString.CopyFrom(FleetWorld.TokenOf(Name)) };
        switch (_random.Next(10))
        {
            case 0: yield return (FrameType.ProofRequest, new ProofRequest()); break; // before hello
            case 1: hello.LogId = ByteString.CopyFrom(new byte[32]); break;
            case 2: (hello.ProtocolMin, hello.ProtocolMax) = (9, 12); break;
            case 3: hello.BearerToken = _random.Chance(0.5) ? ByteString.Empty : ByteString.CopyFromUtf8("not a token"); break;
            default: break;
        }
        yield return (FrameType.Hello, hello);
        foreach (var frame in AfterHello(role, hub)) yield return frame;
    }

    /// <remarks>It asks an agent for no thousand names: the agent's own stream upward has no more room than that, so one process on a host can keep its neighbours from names that none of them had before.</remarks>
    private IEnumerable<(FrameType, IMessage)> AfterHello(Role role, string hub)
    {
        yield return (FrameType.Subscribe, Wanted(Authors.Names[0].Value, Authors.Vault.Value, NamespaceName.Credentials.Value, NamespaceName.Realm.Value, "never.was"));
        switch (_random.Next(11))
        {
            case 0: yield return (FrameType.Hello, new Hello()); break; // a second one
            case 1: yield return (FrameType.Subscribe, Wanted("No Name")); break;
            case 2 when _random.Chance(0.3) && !hub.StartsWith("agent", StringComparison.Ordinal): yield return (FrameType.Subscribe, Wanted([.. Enumerable.Range(0, Limits.SubscriptionsMax + 1).Select(i => $"shop.many{i}")])); break;
            case 3: yield return ((FrameType)99, new ProofRequest()); break; // of a later version
            case 4:
                yield return (FrameType.ProofRequest, new ProofRequest());
                yield return (FrameType.ProofRequest, new ProofRequest { Namespaces = { Authors.Names[0].Value } });
                break;
            case 5: yield return (FrameType.Unsubscribe, new Unsubscribe { Namespaces = { Authors.Names[0].Value, "never.was" } }); break;
            case 6: yield return (FrameType.Status, Lies(role)); break;
            case 7: yield return (FrameType.Status, Boasts()); break;
            case 8: yield return (FrameType.Follow, Followed()); break;
            case 9:
                yield return (FrameType.Follow, new Follow { Patterns = { "*" } });
                yield return (FrameType.Follow, new Follow { Patterns = { "*" }, After = Authors.Names[0].Value });
                yield return (FrameType.Run, new Run { Applied = { new AppliedRevision { Namespace = Authors.Names[0].Value } }, Ended = true }); // it says so to those who do not ask
                break;
            default: yield return (FrameType.Subscribe, new Subscribe { Subscriptions = { new Subscription { Namespace = Authors.Names[0].Value, Cursor = new Position { Epoch = 1, Sequence = (ulong)_random.Next(60) } } } }); break;
        }
    }

    /// <summary>A report whose numbers cannot be.</summary>
    private Status Lies(Role role)
    {
        var cohort = new Cohort { Count = 1, Revision = new Position { Epoch = 1, Sequence = 1 } };
        var report = new NamespaceStatus { Namespace = Authors.Names[0].Value, Cohorts = { cohort } };
        switch (_random.Next(5))
        {
            case 0: cohort.Count = role == Role.Client ? 2 : ulong.MaxValue; break;
            case 1: cohort.Stale = 5; break;
            case 2: cohort.StateRoot = ByteString.CopyFromUtf8("no root"); break;
            case 3: report.InstancesLeftOut = ulong.MaxValue; break;
            default: report.Instances.AddRange(Enumerable.Range(0, ReportFold.InstancesMax + 1).Select(i => new InstanceStatus())); break;
        }
        return new Status { Namespaces = { report, new NamespaceStatus { Namespace = "never.was", Cohorts = { cohort } } } };
    }

    /// <summary>A report that is long-winded and no more.</summary>
    private static Status Boasts()
    {
        var text = new string('b', 600);
        var instance = new InstanceStatus { Instance = new Instance { Id = text, Region = text + "\ud83d\ude00" }, Path = text, Refusal = new Protocol.Wire.Refusal { Code = text, Detail = text } };
        return new Status { Namespaces = { new NamespaceStatus { Namespace = Authors.Names[0].Value, Cohorts = { new Cohort { Count = 1, Region = text } }, Instances = { instance } } } };
    }

    private static Subscribe Wanted(params string[] names)
    {
        var frame = new Subscribe();
        foreach (var name in names) frame.Subscriptions.Add(new Subscription { Namespace = name });
        return frame;
    }

    /// <summary>Prefixes as nobody follows them.</summary>
    private Follow Followed()
    {
        var frame = new Follow();
        switch (_random.Next(4))
        {
            case 0: frame.Patterns.Add("shop"); break; // a name
            case 1: frame.Patterns.AddRange(Enumerable.Range(0, 65).Select(i => $"p{i}.*")); break; // too many
            case 2:
                frame.Patterns.Add("*");
                frame.After = "No Name";
                break;
            default: break; // none, before there were any
        }
        return frame;
    }

    private byte[] Garbage()
    {
        var bytes = new byte[1 + _random.Next(200)];
        _random.NextBytes(bytes);
        return bytes;
    }
}
