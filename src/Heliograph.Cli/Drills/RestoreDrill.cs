// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Cli.Drills;

/// <summary>An origin whose disk keeps everything but the log.</summary>
internal static class RestoreDrill
{
    /// <summary>The newest backup is all there was.</summary>
    public static Drill Whole { get; } = new("restore", "a damaged log is restored from its newest backup, and the fleet goes on", RunWholeAsync);

    /// <summary>The backup is old; an archive relay has the rest.</summary>
    public static Drill OldBackupWithArchive { get; } = new("restore-old-backup-with-archive", "what is missing from an old backup is harvested from an archive relay: no acknowledged change is lost", RunOldAsync);

    /// <summary>There is no backup at all; an archive relay gives everything over the network.</summary>
    public static Drill ArchiveAlone { get; } = new("restore-from-archive", "without any backup the log is taken back over the network from an archive relay that runs on", RunArchiveAsync);

    private static async Task RunWholeAsync(DrillStage stage, Action<string> step, CancellationToken cancellationToken)
    {
        await BeginAsync(stage, archives: false, step, cancellationToken);
        await BackUpAsync(stage, step, cancellationToken);
        var revision = await stage.RevisionAsync(cancellationToken);
        await LoseLogAsync(stage, step, cancellationToken);

        await stage.HelioAsync(0, ["restore", stage.PathOf("realm.backup"), "--data", stage.PathOf("origin")], cancellationToken);
        await stage.StartOriginAsync(cancellationToken);
        if (await stage.RevisionAsync(cancellationToken) is var restored && restored != revision) throw new DrillFailedException($"The log is restored to {restored}; it was at {revision}.");
        step($"the log is restored from the backup, up to {revision}, and the origin leads");
        await EndAsync(stage, step, cancellationToken);
    }

    private static async Task RunOldAsync(DrillStage stage, Action<string> step, CancellationToken cancellationToken)
    {
        await BeginAsync(stage, archives: true, step, cancellationToken);
        await BackUpAsync(stage, step, cancellationToken);
        await stage.AuthorAsync(40, cancellationToken);
        var revision = await stage.RevisionAsync(cancellationToken);
        await stage.ExpectArchivedAsync(revision, cancellationToken);
        await stage.ExpectAgentLevelAsync(cancellationToken);
        step($"40 changes more, up to {revision}; the archive has them");
        await LoseLogAsync(stage, step, cancellationToken);

        var said = await stage.HelioAsync(0, ["restore", stage.PathOf("realm.backup"), "--data", stage.PathOf("origin")], cancellationToken);
        if (!said.Contains("entries are missing", StringComparison.Ordinal)) throw new DrillFailedException($"The restore of an old backup did not say that entries are missing: {said}");
        await stage.RefusedOriginAsync(cancellationToken);
        step("the old backup alone is restored: what is missing is noticed, and no origin starts on it");

        await stage.HelioAsync(0, ["restore", stage.PathOf("realm.backup"), "--data", stage.PathOf("origin"), "--harvest", stage.PathOf("archive")], cancellationToken);
        await stage.StartOriginAsync(cancellationToken);
        if (await stage.RevisionAsync(cancellationToken) is var restored && restored != revision) throw new DrillFailedException($"The log is restored to {restored}; it was at {revision}.");
        step($"the rest is harvested from the archive, up to {revision}, and the origin leads");
        await EndAsync(stage, step, cancellationToken);
    }

    private static async Task RunArchiveAsync(DrillStage stage, Action<string> step, CancellationToken cancellationToken)
    {
        await BeginAsync(stage, archives: true, step, cancellationToken);
        var revision = await stage.RevisionAsync(cancellationToken);
        await stage.ExpectArchivedAsync(revision, cancellationToken);
        await LoseLogAsync(stage, step, cancellationToken);

        await stage.HelioAsync(0, ["restore", "--data", stage.PathOf("origin"), "--harvest", stage.RelayAddress, "--trust", stage.PathOf("trust.json")], cancellationToken, withToken: false);
        await stage.StartOriginAsync(cancellationToken);
        if (await stage.RevisionAsync(cancellationToken) is var restored && restored != revision) throw new DrillFailedException($"The log is restored to {restored}; it was at {revision}.");
        step($"the log is harvested from the relay over the network, up to {revision}, and the origin leads");
        await EndAsync(stage, step, cancellationToken);
    }

    /// <summary>A deployment that works, with content.</summary>
    internal static async Task BeginAsync(DrillStage stage, bool archives, Action<string> step, CancellationToken cancellationToken)
    {
        await stage.StartOriginAsync(cancellationToken);
        await stage.StartFleetAsync(archives, cancellationToken);
        await stage.AuthorAsync(60, cancellationToken);
        await stage.ExpectAgentLevelAsync(cancellationToken);
        step($"origin, {(archives ? "archive relay" : "relay")} and agent run; 60 changes are acknowledged, and the agent has them");
    }

    /// <summary>A backup while everything runs.</summary>
    internal static async Task BackUpAsync(DrillStage stage, Action<string> step, CancellationToken cancellationToken)
    {
        await stage.HelioAsync(0, ["backup", stage.PathOf("realm.backup"), "--from", stage.OriginAddress, "--trust", stage.PathOf("trust.json"), "--keys", stage.PathOf("origin.keys"), "--data", stage.PathOf("origin")], cancellationToken);
        step($"a backup is taken and read back: {new FileInfo(stage.PathOf("realm.backup")).Length} bytes");
    }

    internal static async Task LoseLogAsync(DrillStage stage, Action<string> step, CancellationToken cancellationToken)
    {
        await DrillStage.KillAsync(stage.Origin);
        foreach (var file in Directory.EnumerateFiles(stage.PathOf("origin"), "log.db*")) File.Delete(file);
        step("the origin is killed, and its log is gone");
    }

    /// <summary>What must hold after any recovery that loses nothing.</summary>
    internal static async Task EndAsync(DrillStage stage, Action<string> step, CancellationToken cancellationToken)
    {
        await stage.ExpectAcknowledgedAsync(cancellationToken);
        step($"all {stage.Acknowledged} acknowledged changes are there");
        await stage.AuthorAsync(10, cancellationToken);
        await stage.ExpectAcknowledgedAsync(cancellationToken);
        await stage.ExpectAgentLevelAsync(cancellationToken);
        step("10 changes more reach the agent, which never went backwards");
    }
}
