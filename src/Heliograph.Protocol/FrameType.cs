// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Protocol;

/// <summary>What a frame carries: the byte behind its length.</summary>
public enum FrameType : byte
{
    /// <summary>Upward: who the follower is.</summary>
    Hello = 1,

    /// <summary>Upward: namespaces wanted, with cursors.</summary>
    Subscribe = 2,

    /// <summary>Upward: namespaces no longer wanted.</summary>
    Unsubscribe = 3,

    /// <summary>Upward: what is applied and what is refused.</summary>
    Status = 4,

    /// <summary>Upward: fresh proofs, please.</summary>
    ProofRequest = 5,

    /// <summary>Upward: which namespaces are there under these prefixes?</summary>
    Follow = 6,

    /// <summary>Upward, to the own host's agent: what this process is about to run, how it is, that it ends.</summary>
    Run = 7,

    /// <summary>Upward, on a stream for entries: which entries of the log are wanted.</summary>
    EntriesRequest = 8,

    /// <summary>Downward: the answer to <see cref="Hello"/>.</summary>
    Welcome = 16,

    /// <summary>Downward: a delta or the beginning of a snapshot.</summary>
    Update = 17,

    /// <summary>Downward: more of an update's records.</summary>
    UpdateChunk = 18,

    /// <summary>Downward: a heartbeat head, and proofs with it.</summary>
    Freshness = 19,

    /// <summary>Downward: a subscription or the stream is refused.</summary>
    Refused = 20,

    /// <summary>Downward: reconnect elsewhere.</summary>
    Drain = 21,

    /// <summary>Downward: the answer to <see cref="Follow"/>, and namespaces as they are made.</summary>
    Names = 22,

    /// <summary>Downward, from the own host's agent: revisions that the service must not run.</summary>
    Quarantine = 23,

    /// <summary>Downward, to relays and agents only: what opens namespaces for reading.</summary>
    ReaderKeys = 24,

    /// <summary>Downward, on a stream for entries: an entry of the log, or a part of one.</summary>
    EntryPart = 28,

    /// <summary>Downward, on a stream for entries: the answer to <see cref="EntriesRequest"/> has ended.</summary>
    EntriesEnd = 29,

    /// <summary>Downward: roots and transitions between epochs that the follower does not hold yet.</summary>
    Trust = 25,
}
