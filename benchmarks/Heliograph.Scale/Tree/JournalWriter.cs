// SPDX-License-Identifier: Apache-2.0
using System.Text;

namespace Heliograph.Scale.Tree;

/// <summary>Collects the lines of one process and writes them twenty times a second: a write for each would cost more than what is measured.</summary>
internal sealed class JournalWriter : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    private readonly FileStream _file;
    private readonly Lock _sync = new();
    private readonly CancellationTokenSource _stopped = new();
    private readonly Task _writing;
    private StringBuilder _pending = new();

    private JournalWriter(string path)
    {
        _file = new FileStream(path, new FileStreamOptions { Mode = FileMode.Append, Access = FileAccess.Write, Share = FileShare.ReadWrite, BufferSize = 0 });
        _writing = WriteAsync();
    }

    public static JournalWriter Open(string path) => new(path);

    public void Add(JournalLine line)
    {
        lock (_sync) _pending.Append(line.ToString()).Append('\n');
    }

    public async ValueTask DisposeAsync()
    {
        await _stopped.CancelAsync();
        await _writing;
        Flush();
        await _file.DisposeAsync();
        _stopped.Dispose();
    }

    private async Task WriteAsync()
    {
        using var timer = new PeriodicTimer(Interval);
        try
        {
            while (await timer.WaitForNextTickAsync(_stopped.Token)) Flush();
        }
        catch (OperationCanceledException)
        {
            // Stopped: what is pending is written by whoever stops it.
        }
    }

    private void Flush()
    {
        StringBuilder pending;
        lock (_sync)
        {
            if (_pending.Length == 0) return;
            (pending, _pending) = (_pending, new StringBuilder());
        }
        _file.Write(Encoding.ASCII.GetBytes(pending.ToString())); // whole lines, so that whoever reads along sees whole lines
    }
}
