// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Core.Replicas;

/// <summary>Why something received was not accepted. What is held stays as it is.</summary>
/// <param name="Code">One of <see cref="RefusalCode"/>.</param>
/// <param name="Detail">For people: what, and what was expected. Never a value.</param>
public sealed record Refusal(RefusalCode Code, string Detail);

/// <summary>The closed set of reasons, as they are reported upward. docs/reference/errors.md explains each.</summary>
public enum RefusalCode
{
    /// <summary>The bytes do not parse, or not in canonical form.</summary>
    Malformed,

    /// <summary>The head speaks of another log than the one pinned.</summary>
    WrongLog,

    /// <summary>The head needs a feature that this version does not know.</summary>
    Unsupported,

    /// <summary>No key of the trust root signed the head.</summary>
    BadSignature,

    /// <summary>Older than what was accepted before. Ordinary from a parent that is still catching up; from one that stays behind, a replay.</summary>
    BelowFloor,

    /// <summary>Two different statements about one revision, both signed. Someone with a head key lies, or a store was rewound: wake someone.</summary>
    Equivocation,

    /// <summary>The head is of a later epoch, and no transition to it has been proven.</summary>
    EpochUnproven,

    /// <summary>The head has expired; nothing is advanced under it.</summary>
    Expired,

    /// <summary>The proof does not show that the namespace's state is in the head's directory.</summary>
    WrongProof,

    /// <summary>The delta begins at another revision than the one held.</summary>
    WrongBase,

    /// <summary>The content does not have the root that was signed.</summary>
    WrongRoot,

    /// <summary>Larger than the limits, or than the signed caps.</summary>
    OverLimit,

    /// <summary>It could not be made durable, and so was not activated.</summary>
    NotPersisted,

    /// <summary>This revision ended a service uncleanly too often; the last stable one is served instead.</summary>
    Quarantined,

    /// <summary>The content is what was signed, and the application's client cannot read a record of it; what is served stays.</summary>
    Unreadable,

    /// <summary>The application's own validation does not accept the revision; what is served stays, whole.</summary>
    Rejected,

    /// <summary>The application is pinned to an older revision; this one is held back until the pin is taken away.</summary>
    Pinned,
}

/// <summary>What a check came to: a value, or the reason for none.</summary>
public readonly struct Verdict<T> where T : class
{
    private Verdict(T? value, Refusal? refusal) => (Value, Refusal) = (value, refusal);

    /// <summary>What was accepted; <see langword="null"/> if it was refused.</summary>
    public T? Value { get; }

    /// <summary>Why not; <see langword="null"/> if it was accepted.</summary>
    public Refusal? Refusal { get; }

    /// <summary>Accepts.</summary>
    public static implicit operator Verdict<T>(T value) => new(value, null);

    /// <summary>Refuses.</summary>
    public static implicit operator Verdict<T>(Refusal refusal) => new(null, refusal);
}
