// SPDX-License-Identifier: Apache-2.0
using System.Threading.Channels;
using Heliograph.Storage.Sqlite.Engine;
using Heliograph.Storage.Sqlite.Reading;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Heliograph.Storage.Sqlite.Writing;

/// <summary>The one thread that writes, fed by a bounded queue. A fatal error ends all writing for good.</summary>
internal sealed class WriterThread
{
    /// <summary>Writes that may wait. Beyond it the answer is "not now".</summary>
    public const int QueueMax = 256;

    private static readonly TimeSpan UpkeepEvery = TimeSpan.FromSeconds(1);

    private readonly Channel<IWriteJob> _queue = Channel.CreateBounded<IWriteJob>(new BoundedChannelOptions(QueueMax) { SingleReader = true });
    private readonly LogWriter _writer;
    private readonly Checkpointer _checkpointer;
    private readonly StoreFailure _failure;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Thread _thread;
    private ITimer? _upkeep;
    private volatile bool _isDirty; // something was written since the last upkeep

    public WriterThread(LogWriter writer, Checkpointer checkpointer, StoreFailure failure, TimeProvider time, ILogger logger)
    {
        (_writer, _checkpointer, _failure, _time, _logger) = (writer, checkpointer, failure, time, logger);
        _thread = new(Loop) { IsBackground = true, Name = "heliograph-log-writer" };
    }

    /// <summary>Begins to work off the queue.</summary>
    public void Start()
    {
        _thread.Start();
        _upkeep = _time.CreateTimer(_ => Tend(), null, UpkeepEvery, UpkeepEvery);
    }

    /// <summary>Queues a job, or says that there is no room, or that the store is closed.</summary>
    public bool TryEnqueue(IWriteJob job) => _queue.Writer.TryWrite(job);

    /// <summary>Takes no more jobs, does those that wait, and ends. The writer's connection is closed afterwards by its owner.</summary>
    public void Stop()
    {
        _upkeep?.Dispose();
        _queue.Writer.TryComplete();
        _thread.Join();
    }

    private void Tend()
    {
        if (!_isDirty || _queue.Reader.Count > 0) return;
        _isDirty = false;
        _queue.Writer.TryWrite(new UpkeepJob(_checkpointer.WhenIdle)); // no room: there is work, so it is not idle
    }

    private void Loop()
    {
        do
        {
            while (_queue.Reader.TryRead(out var job))
            {
                if (_failure.Reason is { } reason) job.End(WriteTrouble.NotStarted, reason);
                else Do(job);
            }
        }
        while (_queue.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult()); // this thread has nothing else to do than to block
    }

    private void Do(IWriteJob job)
    {
        try
        {
            job.Run(_writer);
            if (_writer.TakeBytesWritten() is > 0 and var bytes)
            {
                _isDirty = true;
                _checkpointer.AfterWrite(bytes);
            }
        }
        catch (SqliteException exception) when (exception.Kind() != SqliteFault.Fatal && TryRollBack())
        {
            var reason = exception.Describe();
            _logger.WriteRefused(reason);
            job.End(exception.Kind() == SqliteFault.Full ? WriteTrouble.Full : WriteTrouble.NotStarted, reason);
        }
        catch (Exception exception) // whatever it is, the store cannot say any more what is durable
        {
            var reason = exception switch
            {
                SqliteException sqlite => sqlite.Describe(),
                CorruptLogException corrupt => corrupt.Message,
                _ => exception.GetType().Name,
            };
            _failure.Set(reason, exception);
            job.End(WriteTrouble.Unknown, reason);
        }
    }

    private bool TryRollBack()
    {
        try
        {
            _writer.RollBack();
            return true;
        }
        catch (SqliteException exception)
        {
            _failure.Set($"A refused write could not be rolled back: {exception.Describe()}", exception);
            return false;
        }
    }
}
