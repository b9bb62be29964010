// SPDX-License-Identifier: Apache-2.0
using System.Collections.Concurrent;

namespace Heliograph.Storage.Sqlite.Reading;

/// <summary>A few read-only connections, opened when first needed and lent out one caller at a time.</summary>
internal sealed class ReaderPool(string path, Hash256 logId) : IDisposable
{
    /// <summary>Connections: as many reads run at once; more would only share the same disk.</summary>
    public const int Size = 4;

    /// <summary>Callers that may wait for one. Beyond it the answer is "not now".</summary>
    public const int WaitersMax = 256;

    private readonly ConcurrentBag<LogReader> _idle = [];
    private readonly SemaphoreSlim _free = new(Size);
    private readonly CancellationTokenSource _closing = new();
    private int _waiters;

    /// <summary>Uses a connection on the calling thread, without a limit: for what happens before the first caller.</summary>
    public T Use<T>(Func<LogReader, T> read) => Lend(read);

    /// <summary>Runs <paramref name="read"/> on the thread pool, for SQLite blocks.</summary>
    /// <returns>Whether there was room to wait, and the result.</returns>
    /// <exception cref="ObjectDisposedException">The store was closed while it waited.</exception>
    public async ValueTask<(bool Ran, T? Result)> TryUseAsync<T>(Func<LogReader, T> read, CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref _waiters) > WaitersMax)
        {
            Interlocked.Decrement(ref _waiters);
            return (false, default);
        }
        try
        {
            if (!_free.Wait(0, CancellationToken.None)) await WaitAsync(cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref _waiters);
        }
        try
        {
            return (true, await Task.Run(() => Lend(read), CancellationToken.None)); // the read sees the token itself; a connection is always given back
        }
        finally
        {
            _free.Release();
        }
    }

    /// <summary>Turns away those who wait, and waits until no read is under way; none may begin afterwards.</summary>
    public async ValueTask DrainAsync()
    {
        await _closing.CancelAsync();
        for (var i = 0; i < Size; i++) await _free.WaitAsync();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        while (_idle.TryTake(out var reader)) reader.Dispose();
        _free.Dispose();
        _closing.Dispose();
    }

    private async ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closing.Token);
        try
        {
            await _free.WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ObjectDisposedException(nameof(SqliteLogStore));
        }
    }

    private T Lend<T>(Func<LogReader, T> read)
    {
        var reader = _idle.TryTake(out var idle) ? idle : new LogReader(path, logId); // the semaphore bounds how many there are
        try
        {
            return read(reader);
        }
        finally
        {
            _idle.Add(reader);
        }
    }
}
