// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Simulation.Kernel;

/// <summary>The wall clock of a machine: wrong by an offset, running fast or slow, set by someone. It outlives the machine's processes.</summary>
public sealed class SimClock(SimScheduler scheduler)
{
    /// <summary>True time when a simulated world begins.</summary>
    public static readonly DateTimeOffset WorldBegan = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    private TimeSpan _offset;
    private long _driftSince;
    private double _driftPerSecond;

    /// <summary>How fast the machine's monotonic clock runs: its timers and timestamps. To be set before anything of it runs.</summary>
    public double Rate { get; set; } = 1;

    /// <summary>True time now, which no process can read.</summary>
    public DateTimeOffset TrueNow => WorldBegan + TimeSpan.FromTicks(scheduler.Now);

    /// <summary>What the machine believes the time to be.</summary>
    public DateTimeOffset UtcNow
    {
        get
        {
            var drifted = TimeSpan.FromTicks((long)((scheduler.Now - _driftSince) * _driftPerSecond));
            return TrueNow + _offset + drifted;
        }
    }

    /// <summary>Someone sets the clock wrong by so much, or further wrong; no system lets it be set before 1970.</summary>
    public void StepBy(TimeSpan step) => _offset += UtcNow + step > DateTimeOffset.UnixEpoch ? step : DateTimeOffset.UnixEpoch - UtcNow;

    /// <summary>The clock begins to run fast (or slow) by so many parts per million.</summary>
    public void Drift(double partsPerMillion)
    {
        _offset = UtcNow - TrueNow;
        (_driftSince, _driftPerSecond) = (scheduler.Now, partsPerMillion / 1e6);
    }

    /// <summary>The machine has lost its battery: it believes that it is the first of January 1970.</summary>
    public void ForgetTime() => (_offset, _driftPerSecond) = (DateTimeOffset.UnixEpoch - TrueNow, 0);

    /// <summary>Right again.</summary>
    public void Correct() => (_offset, _driftPerSecond) = (TimeSpan.Zero, 0);
}

/// <summary>Time as a process reads it: the machine's wall clock, and a monotonic clock and timers that no wrong wall clock touches.</summary>
public sealed class SimTime(SimProcess process, SimScheduler scheduler, SimClock clock) : TimeProvider
{
    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => clock.UtcNow;

    /// <inheritdoc/>
    public override long GetTimestamp() => clock.Rate == 1 ? scheduler.Now : (long)(scheduler.Now * clock.Rate);

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new SimTimer(process, scheduler, clock, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class SimTimer(SimProcess process, SimScheduler scheduler, SimClock clock, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period;
        private long _setting; // a firing that was arranged under an earlier setting is void

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            _setting++;
            _period = period;
            if (dueTime != Timeout.InfiniteTimeSpan) Arrange(dueTime);
            return true;
        }

        private void Arrange(TimeSpan due)
        {
            var setting = _setting;
            scheduler.At(scheduler.Now + (clock.Rate == 1 ? due : due / clock.Rate).Ticks, _ => process.Run(_ => Fire(setting), null), null);
        }

        private void Fire(long setting)
        {
            if (setting != _setting) return;
            if (_period > TimeSpan.Zero) Arrange(_period);
            callback(state);
        }

        public void Dispose() => _setting++;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
