// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using Google.Protobuf;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;
using Xunit;

namespace Heliograph.Replication.Tests.Protocol;

/// <summary>golden-frames.json is written by golden-frames.py, which knows sync.proto and nothing of this code.</summary>
public sealed class GoldenFrameTests
{
    private static readonly JsonElement Golden =
        JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Protocol", "golden-frames.json"))).RootElement;

    private static readonly ByteString LogId = ByteString.CopyFrom([.. Enumerable.Range(0, 32).Select(i => (byte)i)]);
    private static readonly ByteString Root = ByteString.CopyFrom([.. Enumerable.Range(100, 32).Select(i => (byte)i)]);

    private static readonly Instance Instance = new() { Id = "cart-1", Service = "cart", Region = "eu-west", Zone = "eu-west-1a", Ring = "canary", Version = "2.7.1", Host = "host-9", Layers = { new Layer { Namespace = "shop.cart", Label = "Development", KeyPrefix = "Cart:", TrimPrefix = true } } };

    [Fact]
    public void A_hello_frame_has_its_golden_bytes() => Same("hello", FrameType.Hello, new Hello
    {
        ProtocolMin = 1,
        ProtocolMax = 1,
        Instance = Instance,
        Role = Role.Relay,
        LogId = LogId,
        BearerToken = ByteString.CopyFromUtf8("token"),
        StatusFormat = 1,
        Run = "00112233445566778899aabbccddeeff",
    });

    [Fact]
    public void A_subscribe_frame_has_its_golden_bytes() => Same("subscribe", FrameType.Subscribe, new Subscribe
    {
        Subscriptions =
        {
            new Subscription { Namespace = "shop.cart", Cursor = new Revision(1, 48_213).ToWire() },
            new Subscription { Namespace = "shop.empty", Cursor = Revision.None.ToWire() },
        },
    });

    [Fact]
    public void An_unsubscribe_frame_has_its_golden_bytes() => Same("unsubscribe", FrameType.Unsubscribe, new Unsubscribe { Namespaces = { "shop.cart", "shop.empty" } });

    [Fact]
    public void A_status_frame_has_its_golden_bytes()
    {
        var cohort = new Cohort { Revision = new Revision(1, 48_213).ToWire(), StateRoot = Root, Region = "eu-west", Ring = "canary", Count = 300, Stale = 2, Refused = 1 };
        var instance = new InstanceStatus
        {
            Instance = Instance,
            Revision = new Revision(1, 48_212).ToWire(),
            StateRoot = Root,
            Stale = true,
            Refusal = new Refusal { Revision = new Revision(1, 48_213).ToWire(), Code = "wrong_root", Detail = "why" },
            AppliedAtMs = 1_767_322_800_000,
            ServingStable = true,
            Path = "relay-a/relay-b",
        };
        Same("status", FrameType.Status, new Status { Namespaces = { new NamespaceStatus { Namespace = "shop.cart", Cohorts = { cohort }, Instances = { instance }, InstancesLeftOut = 7 } } });
    }

    [Fact]
    public void A_proof_request_frame_has_its_golden_bytes()
    {
        Same("proof_request", FrameType.ProofRequest, new ProofRequest { Namespaces = { "shop.cart" } });
        Same("proof_request_all", FrameType.ProofRequest, new ProofRequest());
    }

    [Fact]
    public void A_welcome_frame_has_its_golden_bytes() => Same("welcome", FrameType.Welcome, new Welcome
    {
        Protocol = 1,
        ServerId = "relay-a",
        ServerRole = "relay",
        LogId = LogId,
        HeartbeatSeconds = 10,
        Parents = { "tls://b:7401" },
    });

    [Fact]
    public void Update_frames_have_their_golden_bytes()
    {
        var update = new Update { Namespace = "shop.cart", Base = new Revision(1, 48_212).ToWire(), SignedHead = Text("head"), NamespaceState = Text("state"), Proof = Text("proof"), StreamBytes = 300, Records = Text("records") };
        Same("update", FrameType.Update, update);
        Same("update_snapshot", FrameType.Update, new Update(update) { Base = null, StreamBytes = 7 });
        Same("update_chunk", FrameType.UpdateChunk, new UpdateChunk { Namespace = "shop.cart", Offset = 262_144, Records = Text("more") });
    }

    [Fact]
    public void A_freshness_frame_has_its_golden_bytes()
    {
        Same("freshness", FrameType.Freshness, new Freshness { SignedHead = Text("head"), Proofs = { new NamespaceProof { NamespaceState = Text("state"), Proof = Text("proof") } } });
        Same("freshness_head", FrameType.Freshness, new Freshness { SignedHead = Text("head"), ReportIntervalMs = 5_000 });
        Same("freshness_joined", FrameType.Freshness, new Freshness { SignedHead = Text("head"), Joined = new JoinedProofs { NamespaceStates = { Text("state a"), Text("state b") }, Proof = Text("proof") } });
        Same("hello_joined", FrameType.Hello, new Hello { ProtocolMin = 1, ProtocolMax = 1, LogId = LogId, TakesJoinedProofs = true });
    }

    [Fact]
    public void A_refused_frame_has_its_golden_bytes()
    {
        Same("refused", FrameType.Refused, new Refused { Namespace = "shop.cart", Code = "deleted", Detail = "It was deleted.", SignedHead = Text("head"), AbsenceProof = Text("absence") });
        Same("refused_stream", FrameType.Refused, new Refused { Code = "wrong_log", Detail = "Another log." });
    }

    [Fact]
    public void Frames_about_reader_keys_have_their_golden_bytes()
    {
        Same("hello_reader_keys", FrameType.Hello, new Hello { ProtocolMin = 1, ProtocolMax = 1, Role = Role.Agent, LogId = LogId, WantsReaderKeys = true });
        Same("hello_trust", FrameType.Hello, new Hello { ProtocolMin = 1, ProtocolMax = 1, LogId = LogId, RootVersion = 3, Epoch = 2 });
        Same("trust", FrameType.Trust, new Trust { Roots = { ByteString.CopyFromUtf8("root 4"), ByteString.CopyFromUtf8("root 5") }, Transitions = { ByteString.CopyFromUtf8("to epoch 3") } });
        Same("reader_keys", FrameType.ReaderKeys, new ReaderKeys { Keys = { new ReaderKey { Namespace = "shop.cart", Key = LogId } } });
    }

    [Fact]
    public void Frames_about_entries_have_their_golden_bytes()
    {
        Same("hello_entries", FrameType.Hello, new Hello { ProtocolMin = 1, ProtocolMax = 1, Role = Role.Relay, LogId = LogId, WantsEntries = true });
        Same("welcome_entries", FrameType.Welcome, new Welcome { Protocol = 1, ServerId = "relay-a", LogId = LogId, ServesEntries = true });
        Same("entries_request", FrameType.EntriesRequest, new EntriesRequest { After = 48_213, WaitMs = 30_000 });
        Same("entry_part", FrameType.EntryPart, new EntryPart { Sequence = 48_214, EntryBytes = 300, Offset = 100, Bytes = Text("entry") });
        Same("entries_end", FrameType.EntriesEnd, new EntriesEnd { SignedHead = Text("head") });
    }

    [Fact]
    public void A_frame_in_the_gRPC_envelope_has_its_golden_bytes()
    {
        var envelope = new Envelope { Type = (uint)FrameType.ProofRequest, Message = new ProofRequest { Namespaces = { "shop.cart" } }.ToByteString() };

        var golden = Convert.FromHexString(Golden.GetProperty("envelope").GetString()!);

        Assert.Equal(Convert.ToHexString(golden), Convert.ToHexString(envelope.ToByteArray()));
        Assert.Equal(envelope, Envelope.Parser.ParseFrom(golden));
    }

    [Fact]
    public void Every_type_of_frame_has_a_golden_vector()
    {
        var types = Golden.EnumerateObject().Where(vector => vector.Name is not ("comment" or "envelope")).Select(vector => (FrameType)Convert.FromHexString(vector.Value.GetString()!)[4]);
        Assert.Equal(Enum.GetValues<FrameType>().Order(), types.Distinct().Order());
    }

    [Fact]
    public void A_drain_frame_has_its_golden_bytes() => Same("drain", FrameType.Drain, new Drain { Reason = "restart", NotBeforeMs = 1_500, Alternates = { "tls://b:7401", "tls://c:7401" } });

    [Fact]
    public void Frames_about_runs_have_their_golden_bytes()
    {
        Same("run", FrameType.Run, new Run { Applied = { new AppliedRevision { Namespace = "shop.cart", Revision = new Revision(1, 48_213).ToWire(), First = true } }, Unhealthy = true, Ended = true });
        Same("quarantine", FrameType.Quarantine, new Quarantine { Revisions = { new QuarantinedRevision { Namespace = "shop.cart", Revision = new Revision(1, 48_213).ToWire(), Stable = new Revision(1, 48_212).ToWire() } } });
    }

    [Fact]
    public void Frames_about_names_have_their_golden_bytes()
    {
        Same("follow", FrameType.Follow, new Follow { Patterns = { "*", "shop.*" }, After = "shop.cart" });
        Same("names", FrameType.Names, new Names { Names_ = { "shop.cart", "shop.search" }, Next = "shop.search" });
        Same("names_again", FrameType.Names, new Names { Again = true });
    }

    private static ByteString Text(string text) => ByteString.CopyFromUtf8(text);

    private static void Same<T>(string name, FrameType type, T message) where T : IMessage<T>, new()
    {
        var golden = Convert.FromHexString(Golden.GetProperty(name).GetString()!);

        Assert.Equal(Convert.ToHexString(golden), Convert.ToHexString(Frame.Encode(type, message)));
        var decoder = new FrameDecoder();
        FrameType readType;
        ReadOnlyMemory<byte> body;
        for (var rest = golden.AsMemory(); !decoder.TryRead(out readType, out body);) // as it comes from a connection
        {
            Assert.False(rest.IsEmpty);
            var count = Math.Min(rest.Length, decoder.GetBuffer().Length);
            rest[..count].CopyTo(decoder.GetBuffer());
            decoder.Advance(count);
            rest = rest[count..];
        }
        Assert.Equal(type, readType);
        Assert.Equal(message, new MessageParser<T>(() => new T()).ParseFrom(body.Span));
    }
}
