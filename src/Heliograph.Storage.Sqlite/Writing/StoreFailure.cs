// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging;

namespace Heliograph.Storage.Sqlite.Writing;

/// <summary>Why the store stopped, once it has. The first reason stands.</summary>
internal sealed class StoreFailure(ILogger logger)
{
    private readonly TaskCompletionSource<string> _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private string? _reason;

    /// <summary>The reason, or <see langword="null"/> while all is well.</summary>
    public string? Reason => Volatile.Read(ref _reason);

    /// <summary>Completes with the reason.</summary>
    public Task<string> Task => _failed.Task;

    /// <summary>Stops the store.</summary>
    public void Set(string reason, Exception? exception)
    {
        if (Interlocked.CompareExchange(ref _reason, reason, null) is not null) return;
        logger.Stopped(exception, reason);
        _failed.TrySetResult(reason);
    }
}
