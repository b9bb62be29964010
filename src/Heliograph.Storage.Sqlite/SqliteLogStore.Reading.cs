// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Log;
using Heliograph.Storage.Sqlite.Engine;
using Heliograph.Storage.Sqlite.Reading;
using Microsoft.Data.Sqlite;

namespace Heliograph.Storage.Sqlite;

public sealed partial class SqliteLogStore
{
    private const long ScrubBytesPerSecond = 10_000_000; // so that a scrub is not felt

    /// <inheritdoc/>
    public ValueTask<StoreAnswer<LogTip>> ReadTipAsync(CancellationToken cancellationToken) => AskAsync(static reader => reader.ReadTip(), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<StoreAnswer<EntryPage>> ReadAsync(long after, int entriesMax, long bytesMax, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(after);
        ArgumentOutOfRangeException.ThrowIfLessThan(entriesMax, 1);
        return AskAsync(reader => reader.Read(after, entriesMax, bytesMax, cancellationToken), cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<StoreAnswer<long?>> FindRequestAsync(string requestId, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(requestId);
        return AskAsync(reader => reader.Find(requestId), cancellationToken);
    }

    /// <summary>Hashes the whole log again, at most 10 MB a second, and compares it with the chain and with the index of request ids. To be run every 24 h.</summary>
    /// <remarks>Damage is answered <c>Corrupt</c> and stops the store, as it does wherever it is found.</remarks>
    public async ValueTask<StoreAnswer<ScrubReport>> ScrubAsync(CancellationToken cancellationToken)
    {
        var (sequence, bytes, target) = (0L, 0L, long.MaxValue);
        while (sequence < target)
        {
            var answer = await AskAsync(reader => reader.CheckSlice(sequence, cancellationToken), cancellationToken);
            switch (answer)
            {
                case StoreAnswer<AuditedSlice>.Done(var slice):
                    target = Math.Min(target, slice.Tip.Revision.Sequence); // entries appended meanwhile are left to the next scrub
                    (sequence, bytes) = (slice.Sequence, bytes + slice.Bytes);
                    await Task.Delay(TimeSpan.FromMilliseconds(Math.Ceiling(slice.Bytes * 1_000.0 / ScrubBytesPerSecond)), _time, cancellationToken); // a delay counts whole milliseconds
                    break;
                case StoreAnswer<AuditedSlice>.Unavailable(var reason, var retryAfter):
                    return new StoreAnswer<ScrubReport>.Unavailable(reason, retryAfter);
                case StoreAnswer<AuditedSlice>.Corrupt(var reason):
                    return new StoreAnswer<ScrubReport>.Corrupt(reason);
                case StoreAnswer<AuditedSlice>.OutcomeUnknown(var reason):
                    return new StoreAnswer<ScrubReport>.OutcomeUnknown(reason);
            }
        }
        _logger.Scrubbed(sequence, bytes);
        return new StoreAnswer<ScrubReport>.Done(new(sequence, bytes));
    }

    /// <summary>Reads, and makes an answer of whatever comes of it. Damage and I/O errors stop the store.</summary>
    private async ValueTask<StoreAnswer<T>> AskAsync<T>(Func<LogReader, T> read, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _isClosed) != 0, this);
        cancellationToken.ThrowIfCancellationRequested();
        if (_failure.Reason is { } failure) return new StoreAnswer<T>.Unavailable(failure, RetryElsewhere);
        try
        {
            var (ran, result) = await _readers.TryUseAsync(
                reader =>
                {
                    _options.Probe?.Invoke(StoreStep.BeforeRead);
                    return read(reader);
                },
                cancellationToken);
            return ran ? new StoreAnswer<T>.Done(result!) : new StoreAnswer<T>.Unavailable($"{ReaderPool.WaitersMax} reads wait already.", RetrySoon);
        }
        catch (CorruptLogException exception)
        {
            _failure.Set(exception.Message, exception);
            return new StoreAnswer<T>.Corrupt(exception.Message);
        }
        catch (SqliteException exception) when (exception.Kind() != SqliteFault.Fatal)
        {
            return new StoreAnswer<T>.Unavailable(exception.Describe(), RetrySoon);
        }
        catch (SqliteException exception)
        {
            _failure.Set(exception.Describe(), exception);
            return exception.IsCorrupt() ? new StoreAnswer<T>.Corrupt(exception.Describe()) : new StoreAnswer<T>.OutcomeUnknown(exception.Describe());
        }
        catch (SqliteLogStoreException exception) // a new connection did not take its settings
        {
            _failure.Set(exception.Message, exception);
            return new StoreAnswer<T>.OutcomeUnknown(exception.Message);
        }
    }
}
