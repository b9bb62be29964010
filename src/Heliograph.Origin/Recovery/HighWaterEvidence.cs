// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Heads;
using Heliograph.Core.Log;
using Heliograph.Replication.Log;

namespace Heliograph.Origin.Recovery;

/// <summary>High-water marks of origins: how far each of them ever signed. Together they tell whether a restored log is all there was.</summary>
/// <param name="marks">One for each origin, with the file that it came from.</param>
internal sealed class HighWaterEvidence(IReadOnlyList<(string Path, LogTip Mark)> marks)
{
    /// <summary>Reads files.</summary>
    /// <param name="ownDirectory">The data directory; its own mark counts if there is one.</param>
    /// <param name="files">Those of other origins.</param>
    /// <param name="anchor">Which log.</param>
    /// <exception cref="IOException">A file cannot be read, or is of another log.</exception>
    /// <exception cref="InvalidDataException">A file is damaged.</exception>
    public static HighWaterEvidence Read(string ownDirectory, IEnumerable<string> files, TrustAnchor anchor)
    {
        var marks = new List<(string, LogTip)>();
        var own = Path.Combine(ownDirectory, HighWaterFile.DefaultPath);
        if (File.Exists(own)) marks.Add(Read(own, anchor));
        foreach (var file in files)
            if (Path.GetFullPath(file) != Path.GetFullPath(own)) marks.Add(Read(file, anchor));
        return new([.. marks.Where(mark => mark.Item2.Revision.Sequence > 0)]);
    }

    /// <summary>Why the log that ends at <paramref name="tip"/> is not all that was ever signed; <see langword="null"/> if it is proven to be.</summary>
    /// <param name="needed">How many marks must be there: one for each key that ever signed heads. 0: those that are there must only not contradict.</param>
    /// <param name="tip">Where the log ends.</param>
    /// <param name="entryAt">Its entry at a sequence; <see langword="default"/> if it has none there.</param>
    public async Task<string?> FaultOfAsync(int needed, LogTip tip, Func<long, Task<LogTip>> entryAt)
    {
        foreach (var (path, mark) in marks)
            switch (HighWater.Judge(mark, tip, await entryAt(mark.Revision.Sequence)))
            {
                case HighWaterVerdict.Behind: return $"It ends at {tip.Revision}, but by {path} heads up to {mark.Revision} were signed: entries are missing.";
                case HighWaterVerdict.Diverged: return $"It holds another entry at {mark.Revision} than the one that was signed for by {path}.";
            }
        return marks.Count >= needed ? null : $"Nothing proves that it is all that was ever signed: the realm has {needed} head key{(needed == 1 ? "" : "s")}, and {marks.Count} high-water mark{(marks.Count == 1 ? " is" : "s are")} here.";
    }

    /// <summary>The highest sequence of an epoch that any of them names; 0 if none does.</summary>
    public long HighestOf(int epoch) => marks.Where(mark => mark.Mark.Revision.Epoch == epoch).Select(mark => mark.Mark.Revision.Sequence).DefaultIfEmpty(0).Max();

    private static (string, LogTip) Read(string path, TrustAnchor anchor)
    {
        if (!HighWaterMark.TryDecodeFile(File.ReadAllBytes(path), out var mark, out var error)) throw new InvalidDataException($"{path} is no whole high-water file. {error}");
        return mark.LogId == anchor.LogId ? (path, mark.Tip) : throw new IOException($"{path} is the high-water mark of log {mark.LogId}, not of {anchor.LogId}.");
    }
}
