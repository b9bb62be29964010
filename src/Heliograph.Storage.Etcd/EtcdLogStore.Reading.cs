// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Log;
using Heliograph.Storage.Etcd.Members;
using Heliograph.Storage.Etcd.Reading;

namespace Heliograph.Storage.Etcd;

public sealed partial class EtcdLogStore
{
    private const int ScrubEntriesMax = 1_000;
    private const long ScrubSliceBytes = 1 << 20, ScrubBytesPerSecond = 10_000_000; // so that a scrub is not felt

    /// <inheritdoc/>
    public ValueTask<StoreAnswer<LogTip>> ReadTipAsync(CancellationToken cancellationToken) => AskAsync(_reader.ReadTipAsync, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<StoreAnswer<EntryPage>> ReadAsync(long after, int entriesMax, long bytesMax, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(after);
        ArgumentOutOfRangeException.ThrowIfLessThan(entriesMax, 1);
        return AskAsync(cancel => _reader.ReadAsync(after, entriesMax, bytesMax, cancel), cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<StoreAnswer<long?>> FindRequestAsync(string requestId, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(requestId);
        return AskAsync(cancel => _reader.FindAsync(requestId, cancel), cancellationToken);
    }

    /// <summary>Reads and hashes the whole log again, at most 10 MB a second, and compares it with the chain and with the index of request ids. To be run every 24 h.</summary>
    /// <remarks>Damage is answered <c>Corrupt</c> and stops the store, as it does wherever it is found.</remarks>
    public async ValueTask<StoreAnswer<ScrubReport>> ScrubAsync(CancellationToken cancellationToken)
    {
        var (sequence, bytes, target) = (0L, 0L, long.MaxValue);
        while (sequence < target)
        {
            var after = sequence;
            var answer = await AskAsync(
                async cancel =>
                {
                    var page = await _reader.ReadAsync(after, ScrubEntriesMax, ScrubSliceBytes, cancel);
                    await _reader.CheckIndexAsync(page.Entries, cancel);
                    return page;
                },
                cancellationToken);
            switch (answer)
            {
                case StoreAnswer<EntryPage>.Done(var page):
                    target = Math.Min(target, page.Tip.Revision.Sequence); // entries appended meanwhile are left to the next scrub
                    var size = page.Entries.Sum(entry => (long)entry.Bytes.Length);
                    (sequence, bytes) = (sequence + page.Entries.Count, bytes + size);
                    await Task.Delay(TimeSpan.FromSeconds((double)size / ScrubBytesPerSecond), _time, cancellationToken);
                    break;
                case StoreAnswer<EntryPage>.Unavailable(var reason, var retryAfter):
                    return new StoreAnswer<ScrubReport>.Unavailable(reason, retryAfter);
                case StoreAnswer<EntryPage>.Corrupt(var reason):
                    return new StoreAnswer<ScrubReport>.Corrupt(reason);
                case StoreAnswer<EntryPage>.OutcomeUnknown(var reason):
                    return new StoreAnswer<ScrubReport>.OutcomeUnknown(reason);
            }
        }
        _logger.Scrubbed(sequence, bytes);
        return new StoreAnswer<ScrubReport>.Done(new(sequence, bytes));
    }

    /// <summary>Reads, and makes an answer of whatever comes of it. What looks damaged is read once more, from another member: one bad disk is not a bad log.</summary>
    private async ValueTask<StoreAnswer<T>> AskAsync<T>(Func<CancellationToken, ValueTask<T>> read, CancellationToken cancellationToken)
    {
        Enter(cancellationToken);
        if (Failure is { } failure) return new StoreAnswer<T>.Unavailable(failure, TimeSpan.FromMinutes(1));
        for (var isSecond = false; ; isSecond = true)
        {
            try
            {
                return new StoreAnswer<T>.Done(await read(cancellationToken));
            }
            catch (CorruptLogException exception) when (!isSecond)
            {
                _logger.DamagedRead(exception.Message);
                if (await _cluster.UsableAsync(cancellationToken) is { Member: { } member }) _cluster.Leave(member);
            }
            catch (CorruptLogException exception)
            {
                Fail(exception.Message);
                return new StoreAnswer<T>.Corrupt(exception.Message);
            }
            catch (CallFailedException exception)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (exception.Kind is null) return new StoreAnswer<T>.OutcomeUnknown(exception.Message);
                if (exception.Kind != EtcdRefusalKind.Corrupt) return new StoreAnswer<T>.Unavailable(exception.Message, RetrySoon);
                Fail(exception.Message);
                return new StoreAnswer<T>.Corrupt(exception.Message);
            }
        }
    }
}
