// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Heads;
using Heliograph.Core.Replicas;
using Heliograph.Replication.SnapshotFiles;

namespace Heliograph.Client.Replica;

/// <summary>Versions before the newest, out of the generations on this process's own disk: what an application that refuses the newest can start from.</summary>
internal sealed class EarlierVersions(LastKnownGoodStore store, TrustCell trust) : IDisposable
{
    private readonly HeadVerifier _verifier = new(trust);

    /// <summary>The newest up to a revision that is signed, proven and wanted; <see langword="null"/> if there is none.</summary>
    public ValueTask<NamespaceVersion?> FindAsync(NamespaceName name, Revision upTo, Func<NamespaceVersion, bool> isWanted, CancellationToken cancellationToken)
    {
        var unwanted = new Refusal(RefusalCode.Rejected, "It is not what is looked for.");
        return store.LoadEarlierAsync(name, upTo, version => new NamespaceReplica(name).CheckStored(version, _verifier) ?? (isWanted(version) ? null : unwanted), [], cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose() => _verifier.Dispose();
}
