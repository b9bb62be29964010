// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using Google.Protobuf;
using Heliograph.Core.Heads;
using Heliograph.Core.Sequencing;
using Heliograph.Core.Wire;
using Heliograph.Simulation.Kernel;
using SignedRoot = Heliograph.Core.Heads.SignedRoot;

namespace Heliograph.Simulation.Fleet;

/// <summary>People who rotate head keys and roots now and then, and bring the files to one origin after the other; whoever they leave out was stolen.</summary>
/// <remarks>The realm was founded with head keys alone: the first rotation gives it root keys. Some rotations overlap, others leave the old keys out at once.</remarks>
public sealed class Ceremony(FleetWorld world, SortedDictionary<string, OriginNode> origins)
{
    private const int VersionsMax = 8;

    private static readonly string[] RootKeys = ["root-1", "root-2", "root-3"], RecoveryKeys = ["rescue-1", "rescue-2"];

    private readonly Random _random = world.Scheduler.NewRandom("ceremony");
    private readonly SortedDictionary<string, SimSigner> _keys = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, (RootChain Roots, IHeadSigner Signer)> _installed = new(StringComparer.Ordinal);
    private readonly List<(uint Since, IHeadSigner Signer)> _stolen = [];
    private int _generation;
    private bool _isOverlapping;

    /// <summary>Every root that people have signed, the newest last.</summary>
    public RootChain Roots { get; private set; } = RootChain.From(world.Realm.Anchor);

    /// <summary>Begins, and goes on until everything is healed.</summary>
    public void Begin()
    {
        if (world.IsHealed || Roots.Version >= VersionsMax) return;
        Rotate();
        world.Scheduler.After(_random.Between(TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(12)), Begin);
    }

    /// <summary>The files are at every origin, at last.</summary>
    public void Finish()
    {
        foreach (var origin in OriginNames()) Install(origin, Roots, SignerOf(origin, _generation));
    }

    /// <summary>What lies on an origin's machine when it starts.</summary>
    public (RootChain Roots, IHeadSigner Signer) FilesOf(string origin, int index) =>
        _installed.TryGetValue(origin, out var files) ? files : (RootChain.From(world.Realm.Anchor), world.Realm.SignerOf(index));

    /// <summary>A key that a root of that version, or an earlier one, has left out, and which was the first without it; <see langword="null"/> for none.</summary>
    public (uint Since, IHeadSigner Signer)? StolenFrom(uint rootVersion)
    {
        var stolen = _stolen.FindAll(key => key.Since <= rootVersion);
        return stolen.Count == 0 ? null : stolen[^1];
    }

    /// <summary>A key of a thief, who holds none of the realm's.</summary>
    public IHeadSigner Thief => Key("thief");

    /// <summary>A root as a thief would like it: the next one, with the thief's keys.</summary>
    public SignedRoot Forge(uint version)
    {
        var root = Next(Roots, [Public("thief")]);
        root.RootVersion = version;
        root.RootKeys.Clear();
        root.RootKeys.Add(Public("thief-root"));
        root.RootThreshold = 1;
        return SignedRoot.Propose(root).SignedBy(Key("thief-root"));
    }

    /// <summary>The end of an epoch as a thief would like it.</summary>
    public SignedTransition ForgeTransition() => SignedTransition.Propose(new EpochTransition
    {
        LogId = ByteString.CopyFrom(Roots.LogId.ToArray()), Epoch = 2, BaseEpoch = 1, BaseSequence = 1, BaseHash = ByteString.CopyFrom(new byte[32]), Reason = "because",
    }).SignedBy(Key("thief")).SignedBy(Key("thief-root"));

    private void Rotate()
    {
        var (before, isOverlap) = (_generation, !_isOverlapping && _random.Chance(0.5));
        if (!_isOverlapping || isOverlap) _generation++;
        List<HeadKey> heads = [.. OriginNames().Select(origin => PublicOf(origin, _generation))];
        if (isOverlap) heads.AddRange(OriginNames().Select(origin => PublicOf(origin, before)));
        var root = SignedRoot.Propose(Next(Roots, heads));
        if (Roots.Version == 1)
            for (var i = 0; i < Roots.Latest.HeadKeys.Count; i++) root = root.SignedBy(world.Realm.SignerOf(i));
        foreach (var name in _random.Chance(0.5) ? RootKeys : RootKeys[1..]) root = root.SignedBy(Key(name));
        var verdict = Roots.Extend(root.Bytes);
        Roots = verdict.Value ?? throw new InvalidOperationException(verdict.Refusal!.Detail);
        if (!isOverlap)
            foreach (var origin in OriginNames()) _stolen.Add((Roots.Version, SignerOf(origin, _isOverlapping ? before - 1 : before)));
        _isOverlapping = isOverlap;
        world.Scheduler.Tell("ceremony", string.Create(CultureInfo.InvariantCulture, $"signs root {Roots.Version}{(isOverlap ? ", with the old keys" : "")}"));
        foreach (var origin in OriginNames())
        {
            var (roots, signer) = (Roots, SignerOf(origin, _generation));
            world.Scheduler.After(_random.Between(TimeSpan.Zero, TimeSpan.FromSeconds(5)), () => Install(origin, roots, signer));
        }
    }

    private void Install(string origin, RootChain roots, IHeadSigner signer)
    {
        if (_installed.TryGetValue(origin, out var there) && there.Roots.Version > roots.Version) return; // the later files came first
        _installed[origin] = (roots, signer);
        if (origins.TryGetValue(origin, out var node)) node.Process.Run(_ => node.Take(roots, signer), null);
    }

    private TrustRoot Next(RootChain roots, IEnumerable<HeadKey> heads)
    {
        var root = new TrustRoot { Format = 2, RootVersion = roots.Version + 1, Realm = roots.Latest.Realm, LogId = ByteString.CopyFrom(roots.LogId.ToArray()), RootThreshold = 2, RecoveryThreshold = 2 };
        root.HeadKeys.AddRange(heads);
        root.RootKeys.AddRange(RootKeys.Select(Public));
        root.RecoveryKeys.AddRange(RecoveryKeys.Select(Public));
        return root;
    }

    private string[] OriginNames() => [.. Enumerable.Range(1, world.Options.HasTwoOrigins ? 2 : 1).Select(i => string.Create(CultureInfo.InvariantCulture, $"origin-{i}"))];

    private IHeadSigner SignerOf(string origin, int generation) => generation == 0 ? world.Realm.SignerOf(int.Parse(origin.AsSpan(7), CultureInfo.InvariantCulture) - 1) : Key(NameOf(origin, generation));

    private HeadKey PublicOf(string origin, int generation) =>
        generation == 0 ? world.Realm.Anchor.Root.HeadKeys.Single(key => key.KeyId == SignerOf(origin, 0).KeyId) : Public(NameOf(origin, generation));

    private static string NameOf(string origin, int generation) => string.Create(CultureInfo.InvariantCulture, $"{origin}.{generation}");

    private HeadKey Public(string name) => new() { KeyId = name, Algorithm = TrustAnchor.EcdsaP256Sha256, PublicKey = ByteString.CopyFrom(Key(name).PublicKey) };

    private SimSigner Key(string name) => _keys.TryGetValue(name, out var key) ? key : _keys[name] = new SimSigner(name);
}
