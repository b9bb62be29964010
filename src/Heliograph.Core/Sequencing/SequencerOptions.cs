// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Core.Sequencing;

/// <summary>How the sequencer paces itself.</summary>
public sealed class SequencerOptions
{
    /// <summary>This origin among those of its realm. 1 to 64 characters, not beginning <c>moved:</c> or <c>incoming:</c>.</summary>
    public string NodeId { get; set; } = "origin";

    /// <summary>Longest time between two heads. 1 to 3,600 s, whole seconds; default 10 s: a follower is stale after three.</summary>
    public TimeSpan Heartbeat { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long followers may advance under a head. More than the heartbeat, at most 7 days; default 10 min.</summary>
    public TimeSpan HeadLifetime { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How long the right to append lasts without renewal; renewed at a third of it. 300 ms to 10 min; default 3 s.</summary>
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>Submissions that may wait. Beyond it they are answered with <see cref="SubmitResult.Overloaded"/>, but for a quarter more of authors and namespaces that have nothing waiting. Default 4,096.</summary>
    public int QueueMax { get; set; } = 4_096;

    /// <summary>Submissions of one namespace, and of one author, that may wait: what one asks too much is theirs to wait for. Beyond it they are answered with <see cref="SubmitResult.Overloaded.IsOwnShare"/>. 1 and more; default 1,024, a quarter of all.</summary>
    public int QueueShareMax { get; set; } = 1_024;

    /// <summary>How long the oldest submission of an author in a namespace may have waited for another of theirs to be taken in. Up to the deadline; default 2 s: what is taken in is answered long before its author gives up.</summary>
    public TimeSpan QueueWaitMax { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Most entries appended at once; fewer if the store takes fewer. 1 to 256, the default.</summary>
    public int BatchEntriesMax { get; set; } = 256;

    /// <summary>Most bytes appended at once, unless a single entry is larger. Default 8 MiB.</summary>
    public long BatchBytesMax { get; set; } = 8 << 20;

    /// <summary>Settings changed by what is appended at once; the last change of a batch may go beyond: who asks for one change waits for the batch before theirs, and that must not take long. 1 and more; default 2,048, some 0.1 s of work.</summary>
    public int BatchOperationsMax { get; set; } = 2_048;

    /// <summary>How long an author waits for the outcome. Default 10 s.</summary>
    public TimeSpan SubmitDeadline { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Bytes of past states kept in memory for rollback, diff and time travel; older ones are rebuilt from the log. Default 64 MiB.</summary>
    public long HistoryBytesMax { get; set; } = 64L << 20;

    /// <summary>Hears what becomes of submissions and appends; <see langword="null"/>: nobody does. Default: nobody.</summary>
    public ISequencerWatch? Watch { get; set; }

    /// <summary>What every setting that is written must satisfy beside its form. Default: nothing.</summary>
    public IReadOnlyList<ISettingRule> SettingRules { get; set; } = [];

    /// <summary>Throws if a value is outside its bounds.</summary>
    /// <exception cref="ArgumentException">Names the first value that is.</exception>
    public void Check()
    {
        Require(NodeId.Length is >= 1 and <= 64 && !NodeId.StartsWith("moved:", StringComparison.Ordinal) && !NodeId.StartsWith("incoming:", StringComparison.Ordinal), nameof(NodeId));
        Require(Heartbeat >= TimeSpan.FromSeconds(1) && Heartbeat <= TimeSpan.FromHours(1) && Heartbeat.Ticks % TimeSpan.TicksPerSecond == 0, nameof(Heartbeat));
        Require(HeadLifetime > Heartbeat && HeadLifetime <= TimeSpan.FromDays(7), nameof(HeadLifetime));
        Require(Lease >= TimeSpan.FromMilliseconds(300) && Lease <= TimeSpan.FromMinutes(10), nameof(Lease));
        Require(QueueMax is >= 1 and <= 1_000_000, nameof(QueueMax));
        Require(QueueShareMax is >= 1 and <= 1_000_000, nameof(QueueShareMax));
        Require(QueueWaitMax > TimeSpan.Zero && QueueWaitMax <= TimeSpan.FromMinutes(10), nameof(QueueWaitMax));
        Require(BatchEntriesMax is >= 1 and <= 256, nameof(BatchEntriesMax));
        Require(BatchBytesMax is >= 1 and <= 64 << 20, nameof(BatchBytesMax));
        Require(BatchOperationsMax >= 1, nameof(BatchOperationsMax));
        Require(SubmitDeadline > TimeSpan.Zero && SubmitDeadline <= TimeSpan.FromMinutes(10), nameof(SubmitDeadline));
        Require(HistoryBytesMax >= 0, nameof(HistoryBytesMax));
    }

    private static void Require(bool holds, string name)
    {
        if (!holds) throw new ArgumentException($"The sequencer's option {name} is outside its bounds; its documentation names them.");
    }
}
