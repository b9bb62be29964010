// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Cli.Drills;

/// <summary>What came last is lost for good, or nothing proves that it is not: the realm goes on in a new epoch.</summary>
internal static class RecoverDrill
{
    /// <summary>The backup is old, and nobody has the rest.</summary>
    public static Drill OldBackupAlone { get; } = new("recover", "an old backup is all there is: the realm goes on in a signed epoch, nobody goes backwards, and the old history is taken by nobody again", RunOldAsync);

    /// <summary>The origin is gone with everything in it.</summary>
    public static Drill TotalLoss { get; } = new("total-loss", "origin and store are gone: an archive relay and the keys give everything back, and the archive goes on in the new epoch", RunTotalAsync);

    private static async Task RunOldAsync(DrillStage stage, Action<string> step, CancellationToken cancellationToken)
    {
        await stage.FoundAsync(cancellationToken);
        await RestoreDrill.BeginAsync(stage, archives: false, step, cancellationToken);
        await RestoreDrill.BackUpAsync(stage, step, cancellationToken);
        var kept = stage.Acknowledged;
        await stage.AuthorAsync(40, cancellationToken);
        await stage.ExpectAgentLevelAsync(cancellationToken);
        var seen = await stage.RevisionAsync(cancellationToken);
        step($"40 changes more, up to {seen}: the agent has them, the backup does not");
        await DrillStage.KillAsync(stage.Origin);
        Copy(stage.PathOf("origin"), stage.PathOf("asleep"));
        await RestoreDrill.LoseLogAsync(stage, step, cancellationToken);

        await stage.HelioAsync(0, ["restore", stage.PathOf("realm.backup"), "--data", stage.PathOf("origin")], cancellationToken, withToken: false);
        await stage.RefusedOriginAsync(cancellationToken);
        await stage.RecoverAsync("origin", "drill: the disk is lost, and no archive was kept", cancellationToken);
        step("the old backup is restored, and the end of its epoch proposed, signed by both recovery keys and applied; with one signature it was refused");

        await stage.StartOriginAsync(cancellationToken);
        var now = await stage.RevisionAsync(cancellationToken);
        if (now.Epoch != 2 || now.Sequence > seen.Sequence) throw new DrillFailedException($"The origin is at {now}, not at the beginning of epoch 2.");
        stage.Forget(kept);
        await stage.ExpectAgentLevelAsync(cancellationToken);
        step($"the origin leads at {now}, and the agent, which held {seen}, follows without going backwards");

        await DrillStage.KillAsync(stage.Origin);
        await stage.StartOriginAsync(cancellationToken, "asleep");
        await stage.ScribbleAsync(60, cancellationToken);
        await stage.ExpectDisbeliefAsync(cancellationToken);
        if (await stage.AgentRevisionAsync(cancellationToken) is var held && held != now) throw new DrillFailedException($"The agent holds {held}, not {now}: it took the old history again.");
        step("the old origin wakes up and makes 60 changes: relay and agent take nothing of it");

        await DrillStage.KillAsync(stage.Origin);
        await stage.StartOriginAsync(cancellationToken);
        await RestoreDrill.EndAsync(stage, step, cancellationToken);
    }

    private static async Task RunTotalAsync(DrillStage stage, Action<string> step, CancellationToken cancellationToken)
    {
        await stage.FoundAsync(cancellationToken);
        await RestoreDrill.BeginAsync(stage, archives: true, step, cancellationToken);
        await stage.HelioAsync(0, ["backup", "--keys", stage.PathOf("origin.keys"), "--data", stage.PathOf("origin")], cancellationToken, withToken: false);
        var seen = await stage.RevisionAsync(cancellationToken);
        await stage.ExpectArchivedAsync(seen, cancellationToken);
        await DrillStage.KillAsync(stage.Origin);
        Directory.Delete(stage.PathOf("origin"), recursive: true);
        step($"the archive has the log up to {seen}; the origin is killed, and everything of it is gone but a copy of its keys");

        var said = await stage.HelioAsync(0, ["restore", "--data", stage.PathOf("rebuilt"), "--harvest", stage.RelayAddress, "--trust", stage.PathOf("trust.json"), "--keys", stage.PathOf("origin.keys")], cancellationToken, withToken: false);
        if (!said.Contains("Nothing proves", StringComparison.Ordinal)) throw new DrillFailedException($"Without any high-water mark the restore did not say that nothing proves the log to be whole: {said}");
        await stage.RefusedOriginAsync(cancellationToken, "rebuilt");
        step("all of it is harvested from the archive relay, over the network; nothing proves that nothing came behind, and no origin starts on it");

        await stage.RecoverAsync("rebuilt", "drill: origin and store are lost", cancellationToken);
        await stage.StartOriginAsync(cancellationToken, "rebuilt");
        var now = await stage.RevisionAsync(cancellationToken);
        if (now != new Revision(2, seen.Sequence + 1)) throw new DrillFailedException($"The origin is at {now}; the log ended at {seen}.");
        step($"the end of the epoch is signed by both recovery keys and applied, and the origin leads at {now}");
        await RestoreDrill.EndAsync(stage, step, cancellationToken);

        await stage.ExpectArchivedAsync(await stage.RevisionAsync(cancellationToken), cancellationToken);
        await stage.HelioAsync(0, ["backup", stage.PathOf("new.backup"), "--from", stage.RelayAddress, "--trust", stage.PathOf("rebuilt", "trust.json")], cancellationToken);
        step("the archive has followed into the new epoch, and a backup is taken from it");
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(to, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        foreach (var file in Directory.GetFiles(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }
}
