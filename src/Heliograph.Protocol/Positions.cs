// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Replicas;
using Heliograph.Protocol.Wire;

namespace Heliograph.Protocol;

/// <summary>Revisions on the wire.</summary>
public static class Positions
{
    /// <summary>As it travels.</summary>
    public static Position ToWire(this Revision revision) => new() { Epoch = (uint)revision.Epoch, Sequence = (ulong)revision.Sequence };

    /// <summary>Back; absent is <see cref="Revision.None"/>.</summary>
    /// <exception cref="ProtocolException">Out of range.</exception>
    public static Revision ToRevision(this Position? position) =>
        position is null ? Revision.None
        : position.Epoch <= int.MaxValue && position.Sequence <= long.MaxValue ? new((int)position.Epoch, (long)position.Sequence)
        : throw new ProtocolException($"The revision {position.Epoch}.{position.Sequence} is out of range.");
}

/// <summary>Refusal codes on the wire: the enumeration's names in snake case.</summary>
public static class RefusalCodes
{
    /// <summary>As it travels.</summary>
    public static string ToWire(RefusalCode code) => code switch
    {
        RefusalCode.Malformed => "malformed",
        RefusalCode.WrongLog => "wrong_log",
        RefusalCode.Unsupported => "unsupported",
        RefusalCode.BadSignature => "bad_signature",
        RefusalCode.BelowFloor => "below_floor",
        RefusalCode.Equivocation => "equivocation",
        RefusalCode.EpochUnproven => "epoch_unproven",
        RefusalCode.Expired => "expired",
        RefusalCode.WrongProof => "wrong_proof",
        RefusalCode.WrongBase => "wrong_base",
        RefusalCode.WrongRoot => "wrong_root",
        RefusalCode.OverLimit => "over_limit",
        RefusalCode.NotPersisted => "not_persisted",
        RefusalCode.Quarantined => "quarantined",
        RefusalCode.Unreadable => "unreadable",
        RefusalCode.Rejected => "rejected",
        RefusalCode.Pinned => "pinned",
        _ => throw new ArgumentOutOfRangeException(nameof(code), code, "No wire name is written for it."),
    };
}
