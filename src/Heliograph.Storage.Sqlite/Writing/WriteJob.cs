// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Storage.Sqlite.Writing;

/// <summary>Why a write has no result of its own.</summary>
internal enum WriteTrouble
{
    /// <summary>It did not begin. Nothing was written.</summary>
    NotStarted,

    /// <summary>It was rolled back for want of space. Nothing was written.</summary>
    Full,

    /// <summary>It broke off, or nobody waited for it. Perhaps it was written.</summary>
    Unknown,
}

/// <summary>Something for the writer thread to do; it is told of exactly one end.</summary>
internal interface IWriteJob
{
    /// <summary>Does it. What it throws decides about the store, see <see cref="WriterThread"/>.</summary>
    void Run(LogWriter writer);

    /// <summary>Ends it without a result.</summary>
    void End(WriteTrouble trouble, string reason);
}

/// <summary>A job that someone waits for.</summary>
/// <param name="work">Runs on the writer thread.</param>
/// <param name="translate">Makes an answer of trouble.</param>
internal sealed class WriteJob<T>(Func<LogWriter, T> work, Func<WriteTrouble, string, T> translate) : IWriteJob
{
    // Asynchronously: a caller's continuation must not run on the writer thread.
    private readonly TaskCompletionSource<T> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Run(LogWriter writer) => _answer.TrySetResult(work(writer));

    public void End(WriteTrouble trouble, string reason) => _answer.TrySetResult(translate(trouble, reason));

    /// <summary>The answer. Who stops waiting gets "unknown": the job goes on.</summary>
    public async ValueTask<T> WaitAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _answer.Task.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return translate(WriteTrouble.Unknown, "The wait for the answer was given up; the write goes on.");
        }
    }
}

/// <summary>Housekeeping: nobody waits for it.</summary>
internal sealed class UpkeepJob(Action work) : IWriteJob
{
    public void Run(LogWriter writer) => work();

    public void End(WriteTrouble trouble, string reason)
    {
        // Upkeep that did not happen is due again at the next tick, and a failed store needs none.
    }
}
