// SPDX-License-Identifier: Apache-2.0
using System.Collections.Immutable;
using Microsoft.Extensions.Logging;

namespace Heliograph.Storage.Sqlite;

/// <summary>Who wants to hear that entries were appended.</summary>
internal sealed class WakeUps(ILogger logger)
{
    private ImmutableArray<Registration> _watchers = [];

    public IDisposable Add(Action wakeUp)
    {
        var watcher = new Registration(this, wakeUp);
        ImmutableInterlocked.Update(ref _watchers, static (all, one) => all.Add(one), watcher);
        return watcher;
    }

    /// <summary>Wakes all, on the writer thread.</summary>
    public void Fire()
    {
        foreach (var watcher in _watchers)
        {
            try
            {
                watcher.WakeUp();
            }
            catch (Exception exception) // a watcher must not throw; if it does, the others and the log are not at fault
            {
                logger.WatcherThrew(exception);
            }
        }
    }

    private sealed class Registration(WakeUps owner, Action wakeUp) : IDisposable
    {
        public Action WakeUp { get; } = wakeUp;

        public void Dispose() => ImmutableInterlocked.Update(ref owner._watchers, static (all, one) => all.Remove(one), this);
    }
}
