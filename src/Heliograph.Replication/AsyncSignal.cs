// SPDX-License-Identifier: Apache-2.0
using System.Threading.Tasks.Sources;

namespace Heliograph.Replication;

/// <summary>Wakes one waiting loop. Setting it twice before the loop looks is the same as once. Allocates nothing when waited on.</summary>
internal sealed class AsyncSignal : IValueTaskSource
{
    private readonly Lock _sync = new();
    private ManualResetValueTaskSourceCore<bool> _source = new() { RunContinuationsAsynchronously = true };
    private bool _isSet, _isWaiting;

    /// <summary>Lets the loop run once more. Thread-safe.</summary>
    public void Set()
    {
        lock (_sync)
        {
            if (!_isWaiting)
            {
                _isSet = true;
                return;
            }
            _isWaiting = false;
        }
        _source.SetResult(true);
    }

    /// <summary>Completes when the signal was set since the last wait. One waiter at a time.</summary>
    public ValueTask WaitAsync()
    {
        lock (_sync)
        {
            if (_isSet)
            {
                _isSet = false;
                return ValueTask.CompletedTask;
            }
            if (_isWaiting) throw new InvalidOperationException("A signal has one waiter.");
            _isWaiting = true;
            _source.Reset();
            return new ValueTask(this, _source.Version);
        }
    }

    void IValueTaskSource.GetResult(short token) => _source.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);
}
