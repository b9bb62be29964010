// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Heads;
using Heliograph.Core.Replicas;
using Heliograph.Replication.Replicas;

namespace Heliograph.Replication.Tests.Support;

/// <summary>An observer of changes that does what it is told.</summary>
internal sealed class Watching(Action<NamespaceVersion> onChanged) : INamespaceObserver
{
    public void OnChanged(NamespaceVersion version) => onChanged(version);

    public void OnHead(SignedHead head)
    {
    }

    public void OnGone(NamespaceGone gone)
    {
    }
}
