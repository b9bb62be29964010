// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Client;

/// <summary>A revision that is held and not served, and why.</summary>
/// <param name="Revision">Which revision.</param>
/// <param name="Code">Why, for programs: <c>rejected</c> (by the application's validation), <c>pinned</c>, <c>quarantined</c> or <c>unreadable</c>, as in docs/reference/acceptance.md.</param>
/// <param name="Detail">Why, for people; at most 512 characters, never a value.</param>
public sealed record RevisionRefusal(Revision Revision, string Code, string Detail)
{
    /// <summary>Most characters of a detail. More is cut off.</summary>
    public const int DetailCharsMax = 512;
}

/// <summary>A revision is not served; what was served before stays, whole. One event for each revision and reason.</summary>
public sealed class RevisionRefusedEventArgs(NamespaceName name, RevisionRefusal refusal, NamespaceView? served) : EventArgs
{
    /// <summary>Which namespace.</summary>
    public NamespaceName Name { get; } = name;

    /// <summary>What is refused, and why.</summary>
    public RevisionRefusal Refusal { get; } = refusal;

    /// <summary>What goes on being served; <see langword="null"/> for nothing.</summary>
    public NamespaceView? Served { get; } = served;
}
