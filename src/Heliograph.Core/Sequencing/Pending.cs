// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Core.Sequencing;

/// <summary>A submission on its way through the sequencer, and the author who waits for it.</summary>
internal sealed class Pending(PreparedSubmission prepared)
{
    private const int Queued = 0, Taken = 1, Abandoned = 2;

    private readonly TaskCompletionSource<SubmitResult> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _stage = Queued;

    /// <summary>What was asked.</summary>
    public PreparedSubmission Prepared { get; } = prepared;

    /// <summary>Its request id.</summary>
    public string RequestId => Prepared.Submission.RequestId;

    /// <summary>The answer, when there is one.</summary>
    public Task<SubmitResult> Outcome => _outcome.Task;

    /// <summary>The sequencer takes it up; <see langword="false"/> if its author has left: it is then dropped unwritten.</summary>
    public bool TryTake() => Interlocked.CompareExchange(ref _stage, Taken, Queued) == Queued;

    /// <summary>Its author leaves; <see langword="true"/> if the sequencer had not taken it up: it will not be written.</summary>
    public bool TryAbandon() => Interlocked.CompareExchange(ref _stage, Abandoned, Queued) == Queued;

    /// <summary>Its author has waited long enough: the answer says whether it may still be written.</summary>
    public void Expire(TimeSpan retryAfter) => Complete(TryAbandon() ? new SubmitResult.Overloaded(retryAfter) : new SubmitResult.OutcomeUnknown());

    /// <summary>Its author does not want to know any more. If it was not taken up, it will not be written.</summary>
    public void Cancel(CancellationToken cancellationToken)
    {
        TryAbandon();
        _outcome.TrySetCanceled(cancellationToken);
    }

    /// <summary>Answers. Only the first answer counts.</summary>
    public void Complete(SubmitResult result) => _outcome.TrySetResult(result);
}
