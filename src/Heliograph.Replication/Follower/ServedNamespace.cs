// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Replicas;

namespace Heliograph.Replication.Following;

/// <summary>What an instance's application is served of a namespace, as it is reported.</summary>
/// <param name="Name">Which namespace.</param>
/// <param name="Revision">What is served; <see cref="Revision.None"/> for nothing, which is worth reporting if something is refused.</param>
/// <param name="StateRoot">Root over the records that are served.</param>
/// <param name="AppliedAtMs">Since when, Unix milliseconds by the local clock.</param>
/// <param name="IsStable">Whether it is the last stable revision, served because a newer one is in quarantine.</param>
/// <param name="Refused">What is held, or was offered, and is not served; <see langword="null"/> for nothing.</param>
public sealed record ServedNamespace(NamespaceName Name, Revision Revision, Hash256 StateRoot, long AppliedAtMs, bool IsStable = false, ServedRefusal? Refused = null);

/// <summary>Why something newer is not served.</summary>
/// <param name="Revision">What.</param>
/// <param name="Code">One of those that only clients report: <see cref="RefusalCode.Quarantined"/>, <see cref="RefusalCode.Unreadable"/>, <see cref="RefusalCode.Rejected"/>, <see cref="RefusalCode.Pinned"/>.</param>
/// <param name="Detail">For people; never a value.</param>
public sealed record ServedRefusal(Revision Revision, RefusalCode Code, string Detail);
