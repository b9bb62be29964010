// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Merkle;
using Heliograph.Core.Sequencing;
using Heliograph.Core.State;
using Heliograph.Simulation.Checkers;

namespace Heliograph.Simulation.Fleet;

/// <summary>Holds an origin's heads to what its directory says, namespace by namespace and all in one proof: what is there is provable, what is not there is not.</summary>
internal static class Auditor
{
    /// <summary>Looks at one published state.</summary>
    public static void Audit(CommittedRealm realm, string node, Random random)
    {
        if (realm.Head is not { } head) return;
        var directory = realm.State.Directory;
        var names = realm.State.Namespaces.Keys.Append(NamespaceName.Parse("never.was")).Append(NamespaceName.Parse("nor.this")).ToArray();
        random.Shuffle(names);
        var claims = names.Take(1 + random.Next(names.Length)).Select(name => ClaimOf(directory, name)).ToList();
        var bytes = directory.ProveMany([.. claims.Select(claim => claim.Key)]).ToBytes();
        var together = MerkleMultiProof.Parse(bytes, claims.Count);
        Require(together.Verifies(head.DirectoryRoot, claims), node, "one proof of many namespaces does not lead to the head");
        Require(!together.Verifies(head.EntryHash, claims), node, "one proof of many namespaces leads to something else");
        foreach (var claim in claims) Require(Verifies(directory, head.DirectoryRoot, claim), node, "a proof of one namespace does not lead to the head");

        // And nothing false is provable: another value, another presence, another byte.
        var false0 = claims[0].Value is null ? MerkleClaim.Present(claims[0].Key, new byte[8]) : MerkleClaim.Absent(claims[0].Key);
        Require(!together.Verifies(head.DirectoryRoot, [false0, .. claims.Skip(1)]), node, "a false claim was proven");
        bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
        if (MerkleMultiProof.TryParse(bytes, claims.Count, out var damaged, out _)) Require(!damaged.Verifies(head.DirectoryRoot, claims), node, "a damaged proof was taken");
    }

    private static MerkleClaim ClaimOf(MerkleMap directory, NamespaceName name)
    {
        var key = RealmNamespace.DirectoryKeyOf(name);
        return directory.TryGet(key, out var value) ? MerkleClaim.Present(key, value) : MerkleClaim.Absent(key);
    }

    private static bool Verifies(MerkleMap directory, Hash256 root, MerkleClaim claim)
    {
        var proof = MerkleProof.TryParse(directory.Prove(claim.Key.Span).ToBytes(), out var parsed, out var error) ? parsed : throw new ViolationException("I5", error);
        return claim.Value is { } value ? proof.VerifiesMembership(root, claim.Key.Span, value.Span) : proof.VerifiesAbsence(root, claim.Key.Span);
    }

    private static void Require(bool holds, string node, string what)
    {
        if (!holds) throw new ViolationException("I5", $"{node}: {what}.");
    }
}
