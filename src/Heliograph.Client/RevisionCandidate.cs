// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Client;

/// <summary>Judges a revision before it is served: the application's own word.</summary>
/// <param name="candidate">What would be served.</param>
/// <returns>What is wrong with it, one sentence each; nothing if it may be served. The sentences are reported upward and logged: they hold no secret and no value.</returns>
/// <remarks>
/// Called on the client's own loop, for one revision after the other; while it runs, what was served goes on being served. A validator that throws refuses
/// the revision; of the exception only the type is told, for its message may quote a value.
/// </remarks>
public delegate IEnumerable<string> RevisionValidator(RevisionCandidate candidate);

/// <summary>A revision that is about to be served, beside what is served.</summary>
public sealed class RevisionCandidate
{
    private readonly Func<NamespaceName, NamespaceView?> _others;

    internal RevisionCandidate(NamespaceView view, NamespaceView? served, Func<NamespaceName, NamespaceView?> others) => (View, Served, _others) = (view, served, others);

    /// <summary>Which namespace.</summary>
    public NamespaceName Name => View.Name;

    /// <summary>What would be served of it.</summary>
    public NamespaceView View { get; }

    /// <summary>What is served of it now; <see langword="null"/> for nothing.</summary>
    public NamespaceView? Served { get; }

    /// <summary>What would be served of a namespace if this revision were: itself, or what is served of another one; <see langword="null"/> for nothing.</summary>
    public NamespaceView? Find(NamespaceName name) => name == Name ? View : _others(name);
}
