// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Core.State;

/// <summary>First byte of a record's key. Replication moves records and knows nothing of kinds; meaning is given at the origin and at the edge.</summary>
public enum RecordKind : byte
{
    /// <summary>A setting: key <c>01 ‖ key ‖ 00 ‖ label</c>, value a <c>SettingValue</c> message.</summary>
    Setting = 1,

    /// <summary>Reserved: the candidate of a rollout.</summary>
    RolloutCandidate = 2,

    /// <summary>Reserved: the plan of a rollout.</summary>
    RolloutPlan = 3,

    /// <summary>Reserved: which schema a key's values obey.</summary>
    SchemaBinding = 4,

    /// <summary>A named snapshot: key <c>05 ‖ name</c>, value a <c>NamedSnapshotState</c> message.</summary>
    NamedSnapshot = 5,

    /// <summary>Reserved: a namespace's policy.</summary>
    Policy = 6,

    /// <summary>The stamp of a setting, in stamped namespaces: key <c>07 ‖ key ‖ 00 ‖ label</c>, value a <c>SettingStamp</c> message.</summary>
    Stamp = 7,

    /// <summary>The pin of the namespace: key <c>08</c>, value a <c>NamespacePin</c> message. There is one at most.</summary>
    Pin = 8,
}
