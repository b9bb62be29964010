// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Replication.Following;

/// <summary>What an instance's application is served of a namespace, as it is reported.</summary>
/// <param name="Name">Which namespace.</param>
/// <param name="Revision">What is served.</param>
/// <param name="StateRoot">Root over the records that are served.</param>
/// <param name="AppliedAtMs">Since when, Unix milliseconds by the local clock.</param>
/// <param name="IsStable">Whether it is the last stable revision, served because a newer one is in quarantine.</param>
/// <param name="Refused">What is held, or was offered, and is not served; <see langword="null"/> for nothing.</param>
public sealed record ServedNamespace(NamespaceName Name, Revision Revision, Hash256 StateRoot, long AppliedAtMs, bool IsStable = false, ServedRefusal? Refused = null);

/// <summary>Why something newer is not served.</summary>
/// <param name="Revision">What.</param>
/// <param name="Code">As in the protocol's <c>Refusal</c>: <c>quarantined</c>, <c>unreadable</c>.</param>
/// <param name="Detail">For people; never a value.</param>
public sealed record ServedRefusal(Revision Revision, string Code, string Detail);
