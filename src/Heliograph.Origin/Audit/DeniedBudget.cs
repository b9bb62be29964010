// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Origin.Audit;

/// <summary>How many refused attempts are recorded one by one: whoever asks without end must not fill the disk, and must not hide others either. Not thread-safe.</summary>
/// <remarks>Callers who were proven and callers who were not have a budget each: a flood from outside costs the records of no insider.</remarks>
internal sealed class DeniedBudget(TimeProvider time)
{
    /// <summary>Records that may come at once.</summary>
    public const int Burst = 100;

    /// <summary>Records a second in the long run.</summary>
    public const int PerSecond = 1;

    private double _proven = Burst, _unproven = Burst;
    private long _at = time.GetTimestamp();

    /// <summary>Refused attempts that were not recorded one by one, of proven callers.</summary>
    public long Proven { get; private set; }

    /// <summary>The same, of callers who proved nobody.</summary>
    public long Unproven { get; private set; }

    /// <summary>When the first of them was.</summary>
    public DateTimeOffset Since { get; private set; }

    /// <summary>Whether any is waiting to be summed up.</summary>
    public bool Any => Proven + Unproven > 0;

    /// <summary>Takes one from the budget; without budget it is counted.</summary>
    public bool TryTake(bool isProven)
    {
        var now = time.GetTimestamp();
        var earned = time.GetElapsedTime(_at, now).TotalSeconds * PerSecond;
        (_at, _proven, _unproven) = (now, Math.Min(Burst, _proven + earned), Math.Min(Burst, _unproven + earned));
        ref var budget = ref isProven ? ref _proven : ref _unproven;
        if (budget >= 1)
        {
            budget--;
            return true;
        }
        Count(isProven);
        return false;
    }

    /// <summary>Counts one that was not recorded.</summary>
    public void Count(bool isProven)
    {
        if (!Any) Since = time.GetUtcNow();
        if (isProven) Proven++;
        else Unproven++;
    }

    /// <summary>They are summed up in a record.</summary>
    public void Clear() => (Proven, Unproven) = (0, 0);
}
