// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Log;

namespace Heliograph.Core.Sequencing;

/// <summary>Holds the right to append as long as the store grants it: campaigns, renews at a third of the lease, gives back.</summary>
/// <remarks>Nothing rests on believing to lead: every append carries the token, and the store refuses an old one.</remarks>
internal sealed class Leadership(ILogStore store, SequencerOptions options, TimeProvider time, Action changed) : IDisposable
{
    private readonly SemaphoreSlim _gate = new(1); // one campaign or renewal at a time: a second campaign would void the first one's token
    private volatile TaskCompletionSource? _pause;
    private volatile bool _isFreed; // the store said that nobody holds the right any more
    private volatile Standing _standing = new(null, "This origin has not asked for the right to append yet.", false);

    /// <summary>The token, or <see langword="null"/> while another leads or nobody answered.</summary>
    public LeaderToken? Token => _standing.Token;

    /// <summary>Why there is no token.</summary>
    public string Reason => _standing.Reason;

    /// <summary>Whether another node held the right when this one last asked.</summary>
    public bool IsHeldByOther => _standing.IsOther;

    /// <summary>Asks until stopped. The first round is done when the call returns.</summary>
    public async Task<Task> StartAsync(CancellationToken stopping)
    {
        await RoundAsync(stopping);
        return KeepAsync(stopping);
    }

    /// <summary>A store refused this token: asks for a new one, once.</summary>
    public async ValueTask<LeaderToken?> RegainAsync(LeaderToken refused, CancellationToken stopping)
    {
        if (Token == refused) Set(null, "Another origin took over.");
        await RoundAsync(stopping);
        return Token;
    }

    /// <summary>Gives the right back, so that another origin need not wait.</summary>
    public async ValueTask ResignAsync(CancellationToken cancellationToken)
    {
        if (Token is not { } token) return;
        Set(null, "This origin is stopping.");
        await store.ResignAsync(token, cancellationToken); // whatever the answer: the lease ends by itself
    }

    private async Task KeepAsync(CancellationToken stopping)
    {
        using var watch = store.WatchLeadership(Ring);
        try
        {
            while (!stopping.IsCancellationRequested)
            {
                await PauseAsync(stopping);
                await RoundAsync(stopping);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested) { } // the way out
    }

    /// <summary>Waits for the next round: a third of the lease, or until the right is free, whichever comes first.</summary>
    private async ValueTask PauseAsync(CancellationToken stopping)
    {
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _pause = over;
        if (_isFreed) over.TrySetResult(); // while the last round was under way
        await using var timer = time.CreateTimer(static pause => ((TaskCompletionSource)pause!).TrySetResult(), over, options.Lease / 3, Timeout.InfiniteTimeSpan);
        using var leaving = stopping.Register(static pause => ((TaskCompletionSource)pause!).TrySetResult(), over);
        await over.Task; // itself: who waits for it with a token would go on upon the thread pool
        stopping.ThrowIfCancellationRequested();
        _isFreed = false; // before asking: one that comes while asking is for the next round
    }

    private void Ring()
    {
        if (Token is not null) return; // whoever leads renews in its own time
        _isFreed = true;
        _pause?.TrySetResult();
    }

    private async ValueTask RoundAsync(CancellationToken stopping)
    {
        await _gate.WaitAsync(CancellationToken.None); // with a token, whoever had to wait would go on upon the thread pool
        try
        {
            var answer = Token is { } held ? await store.RenewAsync(held, stopping) : await store.CampaignAsync(options.NodeId, options.Lease, stopping);
            if (answer is LeadershipAnswer.OutcomeUnknown) answer = await store.CampaignAsync(options.NodeId, options.Lease, stopping);
            switch (answer)
            {
                case LeadershipAnswer.Held won: Set(won.Token, ""); break;
                case LeadershipAnswer.HeldByOther other: Set(null, other.NodeId.Length > 0 ? $"Origin '{other.NodeId}' holds the right to append." : "Nobody holds the right to append.", other.NodeId.Length > 0); break;
                case LeadershipAnswer.OutcomeUnknown unknown: Set(null, $"Whether this origin may append is unknown: {unknown.Reason}"); break;
            }
        }
        finally { _gate.Release(); }
    }

    private void Set(LeaderToken? token, string reason, bool isOther = false)
    {
        var isChange = Token is null != token is null;
        _standing = new(token, reason, isOther);
        if (isChange) changed();
    }

    private sealed record Standing(LeaderToken? Token, string Reason, bool IsOther); // one reference: read by every author

    /// <inheritdoc/>
    public void Dispose() => _gate.Dispose();
}
