// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Heliograph.Core.Heads;
using Heliograph.Core.Merkle;

namespace Heliograph.Core.Replicas;

/// <summary>One proof that many namespaces stand in the directory of one head as they are held: what their paths share is there once.</summary>
/// <param name="Head">The head.</param>
/// <param name="States">Canonical bytes of each NamespaceState.</param>
/// <param name="Proof">Canonical bytes of the MerkleMultiProof that shows them.</param>
public sealed record JoinedProofs(SignedHead Head, IReadOnlyList<ReadOnlyMemory<byte>> States, ReadOnlyMemory<byte> Proof)
{
    /// <summary>Most namespaces in one: with more a subscriber would have more than its 64 KiB waiting.</summary>
    public const int NamespacesMax = 128;

    /// <summary>Joins the proofs of these versions, head by head; neighbours in the tree, which share the most, come together.</summary>
    public static IEnumerable<JoinedProofs> Of(IEnumerable<NamespaceVersion> versions)
    {
        foreach (var underOne in versions.GroupBy(version => MerkleHash.Of(version.Head.Bytes.Span)))
            foreach (var page in underOne.Select(version => (Version: version, Key: KeyOf(version.Name))).OrderBy(one => MerkleHash.Of(one.Key)).Chunk(NamespacesMax))
            {
                var joined = MerkleMultiProof.Join([.. page.Select(one => ((ReadOnlyMemory<byte>)one.Key, MerkleProof.Parse(one.Version.Proof.Span)))]);
                yield return new(page[0].Version.Head, [.. page.Select(one => one.Version.StateBytes)], joined.ToBytes());
            }
    }

    /// <summary>Takes the proof apart into one for each namespace, to be judged like any that came alone. Never throws, whatever the bytes.</summary>
    /// <param name="names">Whose states they say that they are, in the order of the states.</param>
    /// <param name="states">The states.</param>
    /// <param name="proof">The proof.</param>
    /// <param name="proofs">Canonical bytes of a MerkleProof for each, in the same order.</param>
    /// <param name="error">Else, why not.</param>
    public static bool TrySplit(IReadOnlyList<NamespaceName> names, IReadOnlyList<ReadOnlyMemory<byte>> states, ReadOnlySpan<byte> proof, [NotNullWhen(true)] out ReadOnlyMemory<byte>[]? proofs, [NotNullWhen(false)] out string? error)
    {
        proofs = null;
        if (states.Count is 0 or > NamespacesMax)
        {
            error = $"A joined proof is about 1 to {NamespacesMax} namespaces; this one about {states.Count}.";
            return false;
        }
        if (!MerkleMultiProof.TryParse(proof, states.Count, out var joined, out error)) return false;
        if (!joined.TrySplit([.. states.Select((state, i) => MerkleClaim.Present(KeyOf(names[i]), state))], out var parts))
        {
            error = "The joined proof is not about the namespaces that come with it.";
            return false;
        }
        proofs = [.. parts.Select(part => (ReadOnlyMemory<byte>)part.ToBytes())];
        return true;
    }

    private static byte[] KeyOf(NamespaceName name) => Encoding.UTF8.GetBytes(name.Value);
}
