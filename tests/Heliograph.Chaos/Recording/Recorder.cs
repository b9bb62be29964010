// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using Heliograph.Chaos.Checker.Histories;

namespace Heliograph.Chaos.Recording;

/// <summary>Writes a history down as it happens, outside everything that is harmed.</summary>
internal sealed class Recorder : IDisposable
{
    private readonly long _began = Stopwatch.GetTimestamp();
    private readonly Lock _sync = new();
    private readonly StreamWriter _file;

    public Recorder(string path) => (Path, _file) = (path, new StreamWriter(path));

    public string Path { get; }

    /// <summary>Nanoseconds since the history began.</summary>
    public long Now => Stopwatch.GetElapsedTime(_began).Ticks * 100;

    public void Add(HistoryLine line)
    {
        var text = HistoryFile.Write(line);
        lock (_sync) _file.WriteLine(text);
    }

    public void Healed() => Add(new Mark(Mark.Healed, Now, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()));

    public List<HistoryLine> Read()
    {
        lock (_sync) _file.Flush();
        return HistoryFile.ReadHistory(Path);
    }

    public void Dispose() => _file.Dispose();
}
