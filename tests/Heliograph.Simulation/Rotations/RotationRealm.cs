// SPDX-License-Identifier: Apache-2.0
using Google.Protobuf;
using Heliograph.Core.Heads;
using Heliograph.Core.Wire;
using Heliograph.Protocol;
using Heliograph.Simulation.Fleet;
using SignedRoot = Heliograph.Core.Heads.SignedRoot;

namespace Heliograph.Simulation.Rotations;

/// <summary>A realm whose keys are rotated twice and whose first epoch ends: everything that is signed in it, made once for all the orders in which it may arrive.</summary>
public sealed class RotationRealm
{
    private static readonly string[] RootKeys = ["root-1", "root-2"], RecoveryKeys = ["rescue-1", "rescue-2"];

    private readonly SortedDictionary<string, SimSigner> _keys = new(StringComparer.Ordinal);
    private readonly SortedDictionary<RotationStep, (FrameType Type, byte[] Message)> _frames = [];

    /// <summary>Makes it.</summary>
    public RotationRealm()
    {
        var first = Root(1, ["head-1"]);
        first.Nonce = ByteString.CopyFrom([.. Enumerable.Repeat((byte)7, 16)]);
        Anchor = TrustAnchor.Seal(first);
        var second = Sign(Root(2, ["head-1", "head-2"]), RootKeys);
        var third = Sign(Root(3, ["head-2"]), RootKeys);
        Roots = Extend(Extend(RootChain.From(Anchor), second), third);
        Transition = Proposed("rewound").SignedBy(Key("rescue-1")).SignedBy(Key("rescue-2"));
        Stolen = new ForeignRealm(Anchor.LogId, 2, Key("head-1"), new Revision(1, 9), "stolen");
        _frames[RotationStep.Root2] = Trust(second);
        _frames[RotationStep.Root3] = Trust(third);
        _frames[RotationStep.ForgedRoot3] = Trust(Forged());
        _frames[RotationStep.ChangeUnderRoot2] = Change(2, "head-2", new Revision(1, 2));
        _frames[RotationStep.ChangeUnderRoot3] = Change(3, "head-2", new Revision(1, 3));
        _frames[RotationStep.StolenChange] = (FrameType.Update, Stolen.UpdateOf(Name));
        _frames[RotationStep.Transition] = Trust(Transition);
        _frames[RotationStep.ForgedTransition] = Trust(Proposed("because").SignedBy(Key("thief")).SignedBy(Key("thief-root")));
        _frames[RotationStep.ChangeInEpoch2] = Change(2, "head-2", new Revision(2, 2));
        First = Change(1, "head-1", new Revision(1, 1));
        Last = Change(3, "head-2", new Revision(1, 100));
        LastInEpoch2 = Change(3, "head-2", new Revision(2, 100));
    }

    /// <summary>The namespace that is followed.</summary>
    public static NamespaceName Name => Authors.Names[0];

    /// <summary>The first root.</summary>
    public TrustAnchor Anchor { get; }

    /// <summary>All roots that people signed.</summary>
    public RootChain Roots { get; }

    /// <summary>The end of epoch 1 that people signed.</summary>
    public SignedTransition Transition { get; }

    /// <summary>What the thief would have everyone run.</summary>
    internal ForeignRealm Stolen { get; }

    /// <summary>What is held before anything is rotated.</summary>
    public (FrameType Type, byte[] Message) First { get; }

    /// <summary>What is to be held at last, in epoch 1.</summary>
    public (FrameType Type, byte[] Message) Last { get; }

    /// <summary>What is to be held at last, in epoch 2.</summary>
    public (FrameType Type, byte[] Message) LastInEpoch2 { get; }

    /// <summary>The frame of a step.</summary>
    public (FrameType Type, byte[] Message) FrameOf(RotationStep step) => _frames[step];

    private SignedRoot Forged()
    {
        var root = Root(3, ["thief"]);
        root.RootKeys.Clear();
        root.RootKeys.Add(Public("thief-root"));
        root.RootThreshold = 1;
        return SignedRoot.Propose(root).SignedBy(Key("thief-root"));
    }

    private TrustRoot Root(uint version, string[] heads)
    {
        var root = new TrustRoot { Format = 2, RootVersion = version, Realm = "rotating", RootThreshold = 2, RecoveryThreshold = 2 };
        if (version > 1) root.LogId = ByteString.CopyFrom(Anchor.LogId.ToArray());
        root.HeadKeys.AddRange(heads.Select(Public));
        root.RootKeys.AddRange(RootKeys.Select(Public));
        root.RecoveryKeys.AddRange(RecoveryKeys.Select(Public));
        return root;
    }

    private SignedTransition Proposed(string reason) => SignedTransition.Propose(new EpochTransition
    {
        LogId = ByteString.CopyFrom(Anchor.LogId.ToArray()), Epoch = 2, BaseEpoch = 1, BaseSequence = 1, BaseHash = ByteString.CopyFrom(new byte[32]), Reason = reason,
    });

    private SignedRoot Sign(TrustRoot root, string[] names) => names.Aggregate(SignedRoot.Propose(root), (signed, name) => signed.SignedBy(Key(name)));

    private static RootChain Extend(RootChain roots, SignedRoot next)
    {
        var verdict = roots.Extend(next.Bytes);
        return verdict.Value ?? throw new InvalidOperationException(verdict.Refusal!.Detail);
    }

    private (FrameType Type, byte[] Message) Change(uint root, string key, Revision revision) =>
        (FrameType.Update, new ForeignRealm(Anchor.LogId, root, Key(key), revision, revision.ToString()).UpdateOf(Name));

    private static (FrameType Type, byte[] Message) Trust(SignedRoot root) => (FrameType.Trust, new Protocol.Wire.Trust { Roots = { ByteString.CopyFrom(root.Bytes.Span) } }.ToByteArray());

    private static (FrameType Type, byte[] Message) Trust(SignedTransition transition) => (FrameType.Trust, new Protocol.Wire.Trust { Transitions = { ByteString.CopyFrom(transition.Bytes.Span) } }.ToByteArray());

    private HeadKey Public(string name) => new() { KeyId = name, Algorithm = TrustAnchor.EcdsaP256Sha256, PublicKey = ByteString.CopyFrom(Key(name).PublicKey) };

    private SimSigner Key(string name) => _keys.TryGetValue(name, out var key) ? key : _keys[name] = new SimSigner(name);
}
