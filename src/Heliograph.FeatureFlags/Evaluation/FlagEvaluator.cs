// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.FeatureFlags.Evaluation;

/// <summary>Evaluates flags as Microsoft.FeatureManagement does: the same users fall into the same shares. Thread-safe if its source of chance is.</summary>
/// <param name="chance">A number from 0 to 1, drawn anew each time: for the filter that is a share of evaluations, not of users.</param>
public sealed class FlagEvaluator(Func<double> chance)
{
    /// <summary>Evaluates a flag.</summary>
    /// <param name="flag">The flag.</param>
    /// <param name="context">For whom.</param>
    /// <param name="now">When.</param>
    /// <exception cref="UnknownFilterException">It depends on a filter of the application's own.</exception>
    public FlagResult Evaluate(FeatureFlag flag, FlagContext context, DateTimeOffset now)
    {
        var (isOn, reason) = flag.IsEnabled ? Filtered(flag, context, now) : (false, FlagReason.Disabled);
        if (flag.Variants.Count == 0 || flag.Allocation is not { } allocation) return new(isOn, null, reason);
        var (name, why) = isOn ? Allocated(flag, allocation, context) : (allocation.DefaultWhenDisabled, reason);
        if (name is null || flag.Variants.FirstOrDefault(one => one.Name == name) is not { } variant) return new(isOn, null, reason);
        var isOverridden = flag.IsEnabled && variant.Override != StatusOverride.None; // what is switched off stays off
        return new(isOverridden ? variant.Override == StatusOverride.Enabled : isOn, variant, why);
    }

    private (bool, FlagReason) Filtered(FeatureFlag flag, FlagContext context, DateTimeOffset now)
    {
        if (flag.Filters.Count == 0) return (true, FlagReason.Static);
        var passed = FlagReason.Default;
        foreach (var filter in flag.Filters)
        {
            var (passes, reason) = Passes(filter, flag, context, now);
            if (flag.NeedsAllFilters && !passes) return (false, FlagReason.Default);
            if (!flag.NeedsAllFilters && passes) return (true, reason);
            if (passes && (passed != FlagReason.Split)) passed = reason;
        }
        return (flag.NeedsAllFilters, passed);
    }

    private (bool Passes, FlagReason Reason) Passes(FlagFilter filter, FeatureFlag flag, FlagContext context, DateTimeOffset now) => filter switch
    {
        FlagFilter.AlwaysOn => (true, FlagReason.Static),
        FlagFilter.Percentage share => (100 * chance() < share.Percent, FlagReason.Split),
        FlagFilter.TimeWindow window => (IsOpen(window, now), FlagReason.TargetingMatch),
        FlagFilter.Targeting targeting => Targets(targeting, flag.Id, context),
        FlagFilter.Unknown unknown => throw new UnknownFilterException(unknown.Name),
        _ => throw new System.Diagnostics.UnreachableException($"No evaluation is written for {filter.GetType().Name}."),
    };

    private static bool IsOpen(FlagFilter.TimeWindow window, DateTimeOffset now)
    {
        if (window is { Recurrence: { } recurrence, Start: { } first, End: { } firstEnd }) return recurrence.IsOpen(first, firstEnd - first, now);
        return (window.Start is not { } start || now >= start) && (window.End is not { } end || now < end);
    }

    private static (bool, FlagReason) Targets(FlagFilter.Targeting targeting, string flag, FlagContext context)
    {
        if ((context.User is { } user && targeting.ExcludedUsers.Contains(user)) || context.Groups.Any(targeting.ExcludedGroups.Contains)) return (false, FlagReason.TargetingMatch);
        if (context.User is { } named && targeting.Users.Contains(named)) return (true, FlagReason.TargetingMatch);
        foreach (var group in context.Groups)
            foreach (var (name, percent) in targeting.Groups)
                if (name == group && Share.Holds($"{context.User}\n{flag}\n{group}", 0, percent)) return (true, percent >= 100 ? FlagReason.TargetingMatch : FlagReason.Split);
        return (Share.Holds($"{context.User}\n{flag}", 0, targeting.DefaultPercent), FlagReason.Split);
    }

    private static (string? Variant, FlagReason Reason) Allocated(FeatureFlag flag, FlagAllocation allocation, FlagContext context)
    {
        if (context.User is { } user)
            foreach (var (variant, names) in allocation.Users)
                if (names.Contains(user)) return (variant, FlagReason.TargetingMatch);
        foreach (var (variant, names) in allocation.Groups)
            if (context.Groups.Any(names.Contains)) return (variant, FlagReason.TargetingMatch);
        var shuffled = $"{context.User}\n{allocation.Seed ?? $"allocation\n{flag.Id}"}";
        foreach (var (variant, from, to) in allocation.Percentiles)
            if (Share.Holds(shuffled, from, to)) return (variant, FlagReason.Split);
        return (allocation.DefaultWhenEnabled, FlagReason.Default);
    }
}
