// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Simulation.Faults;

/// <summary>The menus that faults come from.</summary>
public enum Menu
{
    /// <summary>Between machines.</summary>
    Network,

    /// <summary>Under a process.</summary>
    Disk,

    /// <summary>The process itself.</summary>
    Process,

    /// <summary>A machine's wall clock.</summary>
    Clock,

    /// <summary>What a log store may answer.</summary>
    Store,

    /// <summary>A relay that lies.</summary>
    Byzantine,

    /// <summary>A cluster of etcd, and the origins that share it.</summary>
    Cluster,
}

/// <summary>Everything that can go wrong in a simulated world. The value's hundreds are its <see cref="Menu"/>.</summary>
public enum Fault
{
    /// <summary>A segment is lost and sent again: the stream stalls, and breaks if it happens too often in a row.</summary>
    SegmentLost = 0,

    /// <summary>A segment takes very long.</summary>
    LongDelay,

    /// <summary>A connection is slower than another that was opened later: what they carry arrives in another order.</summary>
    ReorderedConnections,

    /// <summary>What a follower sends reaches the listener a second time, on a connection of its own.</summary>
    DuplicateConnection,

    /// <summary>Nothing gets through in one direction for a while.</summary>
    OneWayCut,

    /// <summary>A connection is dead, and neither end is told.</summary>
    HalfOpen,

    /// <summary>A connection is reset.</summary>
    Reset,

    /// <summary>A bit flips under way: seen by a plain link's reader; TLS notices and breaks the connection.</summary>
    BitFlipOnWire,

    /// <summary>A machine's links are cut one by one and come back in another order.</summary>
    SwizzleClog,

    /// <summary>A link carries only some kilobytes a second for a while.</summary>
    NarrowLink,

    /// <summary>A reader does not read for a while, though it lives.</summary>
    StalledReader,

    /// <summary>Power is cut, and every write that was not flushed is gone.</summary>
    LostWrites = 100,

    /// <summary>Power is cut, and a random part of the writes that were not flushed is on the disk.</summary>
    PartOfWrites,

    /// <summary>Power is cut, and the last write is on the disk up to a sector's edge.</summary>
    TornWrite,

    /// <summary>A flush fails, and the system forgets that there was something to flush.</summary>
    FlushError,

    /// <summary>A read fails.</summary>
    ReadError,

    /// <summary>No space for a while.</summary>
    DiskFull,

    /// <summary>The file system is read-only for a while.</summary>
    ReadOnlyDisk,

    /// <summary>A bit of a stored file flips.</summary>
    BitFlipAtRest,

    /// <summary>A read gives what the file held before its last flush.</summary>
    StaleRead,

    /// <summary>Power is cut: the new name is on the disk, the file's bytes are not.</summary>
    RenameWithoutData,

    /// <summary>Power is cut: the file's bytes are on the disk, its name is not.</summary>
    DirectoryEntryLost,

    /// <summary>An operation takes very long.</summary>
    SlowDisk,

    /// <summary>A sector is written into another file, and is missing where it belongs.</summary>
    MisdirectedWrite,

    /// <summary>A flush says that it is done, and has done nothing. No seed meets it by chance: nothing that rests on a disk survives it, as seeds of its own show.</summary>
    LyingFlush,

    /// <summary>A process is killed at some await; the machine goes on, and with it the page cache.</summary>
    Kill = 200,

    /// <summary>A process is held for up to a minute.</summary>
    Pause,

    /// <summary>A machine comes back with the disk that it had some time ago.</summary>
    OlderDisk,

    /// <summary>A machine is cloned while it runs: two of one identity.</summary>
    TwoCopies,

    /// <summary>A clock is wrong by up to an hour.</summary>
    ClockSkew = 300,

    /// <summary>A clock runs fast or slow.</summary>
    ClockDrift,

    /// <summary>A clock jumps by up to three days.</summary>
    ClockStep,

    /// <summary>A clock has forgotten the time: 1970.</summary>
    Clock1970,

    /// <summary>Another node holds the right to append for a while.</summary>
    StoreDeposed = 400,

    /// <summary>No space in the store.</summary>
    StoreFull,

    /// <summary>The store takes no call now.</summary>
    StoreUnavailable,

    /// <summary>Appended, but the answer is lost.</summary>
    AnswerLost,

    /// <summary>Not appended, and no answer.</summary>
    RequestLost,

    /// <summary>A relay changes bytes of a frame.</summary>
    MutatedFrame = 500,

    /// <summary>A relay sends an old head again.</summary>
    OldHead,

    /// <summary>A relay sends one namespace's content under another's name.</summary>
    SplicedNamespaces,

    /// <summary>A relay keeps frames to itself.</summary>
    WithheldFrames,

    /// <summary>A relay claims a head that nobody signed.</summary>
    ForgedHead,

    /// <summary>A relay sends what another log says, signed with a key that is trusted.</summary>
    OtherLog,

    /// <summary>A relay sends without end.</summary>
    EndlessData,

    /// <summary>The origin that orders changes is held for longer than its lease, and goes on as if nothing had been.</summary>
    LeaderHeld = 600,

    /// <summary>A machine's monotonic clock runs up to a quarter fast, or a fifth slow: leases, renewals and deadlines.</summary>
    ClockRate,

    /// <summary>etcd chooses another leader, though the one it has is well. Leases begin anew with each leader.</summary>
    EtcdLeaderChange,

    /// <summary>What an etcd leader was asked just before it was replaced lands after all, when whoever asked has given up.</summary>
    LateProposal,

    /// <summary>A member of etcd applies what the others have agreed on much later.</summary>
    LaggingMember,

    /// <summary>etcd notices the end of a lease late.</summary>
    LateLeaseEnd,

    /// <summary>etcd ends a lease that was renewed in time.</summary>
    EarlyLeaseEnd,

    /// <summary>A member renews a lease that the others have ended.</summary>
    VainRenewal,

    /// <summary>A watch misses an event.</summary>
    WatchGap,

    /// <summary>A watch tells an old event again.</summary>
    WatchRepeat,

    /// <summary>A watch dies without a word.</summary>
    SilentWatch,

    /// <summary>A watch is ended because what it should tell was compacted.</summary>
    CompactedWatch,

    /// <summary>A linearizable read is answered from the past, as etcd 3.4 does after a pause. Only in seeds of its own: freshness cannot survive it, the log must.</summary>
    StaleLinearizableRead,
}

/// <summary>What is known about a fault without a world.</summary>
public static class FaultKinds
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<Fault> All { get; } = Enum.GetValues<Fault>();

    /// <summary>Those that a seed of a fleet may meet.</summary>
    public static IReadOnlyList<Fault> InSwarm { get; } = [.. All.Where(fault => fault != Fault.LyingFlush && MenuOf(fault) != Menu.Cluster)];

    /// <summary>Those that a seed of a cluster may meet.</summary>
    public static IReadOnlyList<Fault> InCluster { get; } =
        [Fault.OneWayCut, Fault.SwizzleClog, Fault.Kill, Fault.Pause, Fault.ClockSkew, Fault.ClockDrift, Fault.ClockStep, Fault.Clock1970, Fault.AnswerLost, Fault.RequestLost, .. All.Where(fault => MenuOf(fault) == Menu.Cluster && fault != Fault.StaleLinearizableRead)];

    /// <summary>The menu that a fault is on.</summary>
    public static Menu MenuOf(Fault fault) => (Menu)((int)fault / 100);
}
