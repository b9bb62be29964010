// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Heads;
using Heliograph.Core.LogFiles;
using Heliograph.Platform.LogFiles;

namespace Heliograph.Relay.Archive;

/// <summary>How an archive follows the end of an epoch: the file that holds what was discarded is set aside, whole, and another goes on behind the base.</summary>
/// <remarks>
/// The new file is written under a name of its own, flushed, and takes the old one's name only when that has been set aside. Killed anywhere in between,
/// <see cref="Finish"/> comes to one of the two: as before, or done.
/// </remarks>
internal static class ArchiveEpochs
{
    /// <summary>Name of the file that is to take the place of the archive.</summary>
    public const string NextFileName = "log.next.helio";

    /// <summary>Name under which an archive is kept that holds more than has stayed.</summary>
    public static string AsideName(Revision end) => $"log.until-{end}.helio";

    /// <summary>Where a log that ends at <paramref name="end"/> must go on from, because what is behind was discarded; <see langword="null"/>: from its end.</summary>
    public static Revision? BaseFor(Revision end, EpochHistory epochs)
    {
        Revision? stays = null;
        foreach (var transition in epochs.Transitions) // each may lie before the one in front
            if (transition.Epoch > end.Epoch && (stays ?? end).IsAfter(transition.Base)) stays = transition.Base;
        return stays;
    }

    /// <summary>Writes an archive of everything up to <paramref name="end"/> beside the one that is there, and lets it take its place.</summary>
    /// <returns>Where the old one is kept.</returns>
    /// <exception cref="IOException">It could not be written; the old one stands, or is set aside and the new one whole.</exception>
    public static string Rewind(string directory, LogFile file, Revision end, RealmTrust trust, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (path, next, aside) = (file.Path, Path.Combine(directory, NextFileName), Path.Combine(directory, AsideName(file.Tip.Revision)));
        File.Delete(next);
        using (var writer = LogFileWriter.Create(next, LogFileKind.Archive, trust, now))
        {
            foreach (var entry in file.Read(0, end.Sequence))
            {
                cancellationToken.ThrowIfCancellationRequested();
                writer.Add(entry);
            }
            writer.Flush();
        }
        File.Move(path, aside, overwrite: true);
        File.Move(next, path, overwrite: true);
        LogFileWriter.FlushName(path);
        return aside;
    }

    /// <summary>Comes to an end with what was interrupted: a new file whose old one is set aside takes its place, any other is none.</summary>
    public static void Finish(string directory)
    {
        var (path, next) = (Path.Combine(directory, LogFile.ArchiveFileName), Path.Combine(directory, NextFileName));
        if (!File.Exists(next)) return;
        if (File.Exists(path)) File.Delete(next);
        else File.Move(next, path);
        LogFileWriter.FlushName(path);
    }
}
