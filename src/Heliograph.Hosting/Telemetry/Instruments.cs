// SPDX-License-Identifier: Apache-2.0
using System.Reflection;
using static Heliograph.Hosting.Telemetry.InstrumentKind;

namespace Heliograph.Hosting.Telemetry;

/// <summary>Every instrument of the meter <c>Heliograph</c>, and those of the runtime and of the web server that go with it. docs/reference/metrics.md has the same, and a test says so.</summary>
/// <remarks>No attribute holds a namespace, an instance or an address: the number of series does not grow with the realm or the fleet. <c>helio fleet</c> and the log name the one.</remarks>
public static class Instruments
{
    private const string Every = "origin relay agent", Below = "relay agent", Origin = "origin";

    private static readonly double[] Propagation = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

    private static readonly double[] Commit = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

#pragma warning disable CS1591 // each says what it is in its own words, which the reference repeats
    public static readonly InstrumentDescription Build = new("heliograph.build", "", Gauge, Every, "Always 1; its attributes say who this is.", "role id version");

    public static readonly InstrumentDescription CertificateRemaining = new("heliograph.certificate.remaining", "s", Gauge, Every, "Time until the certificate that this process shows expires; negative afterwards. Not there without one.");

    public static readonly InstrumentDescription CertificateLifetime = new("heliograph.certificate.lifetime", "s", Gauge, Every, "Whole life of that certificate.");

    public static readonly InstrumentDescription HubSubscribers = new("heliograph.hub.subscribers", "{subscriber}", UpDownCounter, Every, "Subscribers connected now.");

    public static readonly InstrumentDescription HubConnections = new("heliograph.hub.connections", "{subscriber}", Counter, Every, "Subscribers that were let in.");

    public static readonly InstrumentDescription HubFrames = new("heliograph.hub.frames", "{frame}", Counter, Every, "Frames handed to the transport, over all subscribers.");

    public static readonly InstrumentDescription HubSent = new("heliograph.hub.sent", "By", Counter, Every, "Bytes of those frames, before TLS.");

    public static readonly InstrumentDescription HubRefusals = new("heliograph.hub.refusals", "{refusal}", Counter, Every, "Connections and subscriptions that were refused, by reason: protocol, wrong_log, not_authorized, limit, shed.", "reason");

    public static readonly InstrumentDescription HubStalled = new("heliograph.hub.stalled", "{subscriber}", Counter, Every, "Subscribers cut off because they took nothing for the write deadline.");

    public static readonly InstrumentDescription HubWaiting = new("heliograph.hub.waiting", "By", Gauge, Every, "The most bytes that wait for any one subscriber.");

    public static readonly InstrumentDescription HubSnapshots = new("heliograph.hub.snapshots", "{snapshot}", UpDownCounter, Every, "Long updates, of several frames, that are being written now.");

    public static readonly InstrumentDescription FollowerPropagation = new("heliograph.follower.propagation.duration", "s", Histogram, Below, "From the commit at the origin (the signed head's time) to durable and served here, for each change that came while connected. Wall clocks of both machines.") { Buckets = Propagation };

    public static readonly InstrumentDescription FollowerStaleness = new("heliograph.follower.staleness", "s", Gauge, Below, "Time since a fresh head was verified, by the monotonic clock; since the start if none was.");

    public static readonly InstrumentDescription FollowerStale = new("heliograph.follower.stale", "", Gauge, Below, "1 while it is stale: no fresh head for --stale-after.");

    public static readonly InstrumentDescription FollowerConnected = new("heliograph.follower.connected", "", Gauge, Below, "1 while a parent is connected.");

    public static readonly InstrumentDescription FollowerNamespaces = new("heliograph.follower.namespaces", "{namespace}", UpDownCounter, Below, "Namespaces held.");

    public static readonly InstrumentDescription FollowerStaleNamespaces = new("heliograph.follower.namespaces.stale", "{namespace}", UpDownCounter, Below, "Namespaces of those without a fresh proof.");

    public static readonly InstrumentDescription FollowerRefusedNamespaces = new("heliograph.follower.namespaces.refused", "{namespace}", UpDownCounter, Below, "Namespaces of which an update is refused and asked for again.");

    public static readonly InstrumentDescription FollowerUpdates = new("heliograph.follower.updates", "{update}", Counter, Below, "Updates that became durable and were served.");

    public static readonly InstrumentDescription FollowerSessions = new("heliograph.follower.sessions", "{session}", Counter, Below, "Sessions with a parent that began.");

    public static readonly InstrumentDescription FollowerLost = new("heliograph.follower.sessions.lost", "{session}", Counter, Below, "Sessions that ended, and tries that did not come to be one; not those whose old connection was only made anew.");

    public static readonly InstrumentDescription FollowerRefusals = new("heliograph.follower.refusals", "{refusal}", Counter, Below, "Updates that were not accepted, by the codes of docs/reference/errors.md.", "code");

    public static readonly InstrumentDescription IntegrityFailures = new("heliograph.follower.integrity.failures", "{failure}", Counter, Below, "Heads, proofs and contents that cannot be true, by code. One is enough to wake someone.", "code");

    public static readonly InstrumentDescription FollowerEpoch = new("heliograph.follower.epoch", "{epoch}", Gauge, Below, "Epoch of the newest head.");

    public static readonly InstrumentDescription FollowerSequence = new("heliograph.follower.sequence", "{entry}", Gauge, Below, "Sequence of the newest head.");

    public static readonly InstrumentDescription FollowerHeadRemaining = new("heliograph.follower.head.remaining", "s", Gauge, Below, "Time until the newest head expires, by the local clock; negative afterwards: nothing advances until a newer one comes.");

    public static readonly InstrumentDescription LastKnownGoodAge = new("heliograph.lkg.age", "s", Gauge, Below, "Age of the head under which the namespace that was proven longest ago is held.");

    public static readonly InstrumentDescription FollowerClockOffset = new("heliograph.follower.clock.offset", "s", Gauge, Below, "The local clock less the time of the newest fresh head, when that came: how far the clocks of this machine and the origin are apart, and the way down. Not there before the first.");

    public static readonly InstrumentDescription StableAge = new("heliograph.stable.age", "s", Gauge, "agent", "Time since the revision that a crash loop would fall back to was the newest, of the namespace for which that is longest ago. Not there while no service has earned one.");

    public static readonly InstrumentDescription FaceRequests = new("heliograph.app_configuration.requests", "{request}", Counter, Every, "Requests of App Configuration clients, by kind (get, list, write, snapshot, other) and outcome (ok, not_modified, invalid, denied, not_found, precondition_failed, throttled, unavailable, failed). Not there where they are not served.", "kind outcome");

    public static readonly InstrumentDescription FaceRequestDuration = new("heliograph.app_configuration.request.duration", "s", Histogram, Every, "From the arrival of such a request to the end of its answer, by kind.", "kind") { Buckets = Commit };

    public static readonly InstrumentDescription Submissions = new("heliograph.submissions", "{submission}", Counter, Origin, "Changes that were answered, by outcome. Shed are: overloaded.", "outcome");

    public static readonly InstrumentDescription SubmissionDuration = new("heliograph.submission.duration", "s", Histogram, Origin, "From a change's arrival to its answer, by outcome; committed is durable, signed and published.", "outcome") { Buckets = Commit };

    public static readonly InstrumentDescription AppendDuration = new("heliograph.log.append.duration", "s", Histogram, Origin, "What the store took to answer an append of a batch, by outcome.", "outcome") { Buckets = Commit };

    public static readonly InstrumentDescription LogEntries = new("heliograph.log.entries", "{entry}", Counter, Origin, "Entries that this origin appended.");

    public static readonly InstrumentDescription LogEpoch = new("heliograph.log.epoch", "{epoch}", Gauge, Origin, "Epoch of the tip of the log, as published here.");

    public static readonly InstrumentDescription LogSequence = new("heliograph.log.sequence", "{entry}", Gauge, Origin, "Sequence of the tip of the log, as published here.");

    public static readonly InstrumentDescription SequencerLeading = new("heliograph.sequencer.leading", "", Gauge, Origin, "1 while this origin orders changes. In a cluster the sum over the origins is 1.");

    public static readonly InstrumentDescription SequencerRecovery = new("heliograph.sequencer.recovery", "", Gauge, Origin, "1 while the log is behind what was signed before: nothing is signed and nothing written.");

    public static readonly InstrumentDescription SequencerQueue = new("heliograph.sequencer.queue", "{submission}", UpDownCounter, Origin, "Changes that wait to be taken up.");

    public static readonly InstrumentDescription SequencerQueueLimit = new("heliograph.sequencer.queue.limit", "{submission}", UpDownCounter, Origin, "How many may wait; further ones are answered with overloaded.");

    public static readonly InstrumentDescription HeadAge = new("heliograph.head.age", "s", Gauge, Origin, "Time since this origin signed a head. Not there before the first.");

    public static readonly InstrumentDescription HeadRemaining = new("heliograph.head.remaining", "s", Gauge, Origin, "Time until its newest head expires; negative afterwards.");

    public static readonly InstrumentDescription StoreFull = new("heliograph.log.full", "", Gauge, Origin, "1 while the log's disk is believed to be full.");

    public static readonly InstrumentDescription ScrubDamaged = new("heliograph.log.damaged", "", Gauge, Origin, "1 once a scrub has found damage in the log.");

    public static readonly InstrumentDescription ScrubAge = new("heliograph.log.scrub.age", "s", Gauge, Origin, "Time since the whole log was last read and found whole. Not there before the first time.");

    public static readonly InstrumentDescription FleetInstances = new("heliograph.fleet.instances", "{instance}", UpDownCounter, Origin, "Subscriptions of instances below this origin to namespaces, as reported, by state: current, behind.", "state");

    public static readonly InstrumentDescription FleetStale = new("heliograph.fleet.instances.stale", "{instance}", UpDownCounter, Origin, "Those of them that say that they are stale.");

    public static readonly InstrumentDescription FleetRefused = new("heliograph.fleet.instances.refused", "{instance}", UpDownCounter, Origin, "Those of them that refused a revision.");

    public static readonly InstrumentDescription FleetPropagation = new("heliograph.fleet.propagation.duration", "s", Histogram, Origin, "From the commit of a change to the report that the last instance of its namespace below this origin has it, by this origin's clock alone; to a quarter of a second. A change overtaken by the next counts with that one.") { Buckets = Propagation };
#pragma warning restore CS1591

    /// <summary>Instruments of the runtime and of the web server that are passed on; their meters describe them.</summary>
    public static readonly IReadOnlyList<InstrumentDescription> Foreign =
    [
        new("http.server.request.duration", "s", Histogram, Every, "Requests of the HTTP API, by method, route and status.", "http.request.method http.response.status_code http.route network.protocol.version url.scheme error.type"),
        new("http.server.active_requests", "{request}", UpDownCounter, Every, "Requests under way.", "http.request.method url.scheme"),
        new("dotnet.process.cpu.time", "s", Counter, Every, "Processor time.", "cpu.mode"),
        new("dotnet.process.memory.working_set", "By", UpDownCounter, Every, "Memory that the kernel holds for the process."),
        new("dotnet.gc.pause.time", "s", Counter, Every, "Time for which collections of garbage stopped the process."),
        new("dotnet.gc.collections", "{collection}", Counter, Every, "Collections of garbage, by generation.", "gc.heap.generation"),
        new("dotnet.exceptions", "{exception}", Counter, Every, "Exceptions thrown, by type.", "error.type"),
    ];

    /// <summary>All of them.</summary>
    public static IReadOnlyList<InstrumentDescription> All { get; } =
        [.. typeof(Instruments).GetFields(BindingFlags.Public | BindingFlags.Static).Where(field => field.FieldType == typeof(InstrumentDescription)).Select(field => (InstrumentDescription)field.GetValue(null)!), .. Foreign];
}
