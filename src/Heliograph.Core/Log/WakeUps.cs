// SPDX-License-Identifier: Apache-2.0
using System.Collections.Immutable;

namespace Heliograph.Core.Log;

/// <summary>Who wants to hear that entries were appended. For the adapters of the log port.</summary>
/// <param name="threw">Told of a watcher that threw: the others are woken all the same.</param>
public sealed class WakeUps(Action<Exception> threw)
{
    private ImmutableArray<Registration> _watchers = [];

    /// <summary>One more.</summary>
    /// <returns>Ends it when disposed.</returns>
    public IDisposable Add(Action wakeUp)
    {
        var watcher = new Registration(this, wakeUp);
        ImmutableInterlocked.Update(ref _watchers, static (all, one) => all.Add(one), watcher);
        return watcher;
    }

    /// <summary>Wakes all, on the caller's thread.</summary>
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
                threw(exception);
            }
        }
    }

    private sealed class Registration(WakeUps owner, Action wakeUp) : IDisposable
    {
        public Action WakeUp { get; } = wakeUp;

        public void Dispose() => ImmutableInterlocked.Update(ref owner._watchers, static (all, one) => all.Remove(one), this);
    }
}
