// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Replicas;

namespace Heliograph.Replication.Replicas;

/// <summary>A source that knows which namespaces there are: the origin all of them, a follower those that its parents have named.</summary>
/// <remarks>Thread-safe. A name is a hint and proves nothing: whoever subscribes to it gets content with a proof, or the proof that there is none.</remarks>
public interface INamespaceDirectory
{
    /// <summary>Names that are known now and that one of <paramref name="patterns"/> covers, in ordinal order.</summary>
    /// <param name="patterns">What to cover.</param>
    /// <param name="after">Begin behind this name; <see langword="null"/> to begin at the first.</param>
    /// <param name="max">Most names to give, at least 1. Fewer: these are the last.</param>
    IReadOnlyList<NamespaceName> NamesAfter(IReadOnlyList<NamespacePattern> patterns, NamespaceName? after, int max);

    /// <summary>Asks to hear of names that appear from now on, for as long as the interest lives. A follower asks its parents in turn.</summary>
    /// <param name="patterns">What to cover.</param>
    /// <param name="appeared">Called for each such name, possibly more than once, also for one that comes back; it must be short.</param>
    /// <returns>Dispose it to end the interest.</returns>
    IDisposable WantNames(IReadOnlyList<NamespacePattern> patterns, Action<NamespaceName> appeared);
}
