// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Heliograph.Cli.Configuration;

/// <summary>One option of a role as it would be at a start.</summary>
/// <param name="Name">The option without dashes, as in the file.</param>
/// <param name="Values">Its values; none: nothing is said, and there is no default.</param>
/// <param name="Source">flag, environment, file or default.</param>
/// <param name="Where">The variable, or the file and line; <see langword="null"/> otherwise.</param>
internal sealed record EffectiveSetting(string Name, IReadOnlyList<string> Values, string Source, string? Where);

/// <summary>Everything that a role would be told.</summary>
internal sealed partial record EffectiveSettings(string Role, IReadOnlyList<EffectiveSetting> Options)
{
    /// <summary>Stands for a secret.</summary>
    public const string Hidden = "(hidden)";

    /// <summary>Collects it from a command line that was read without a fault.</summary>
    public static EffectiveSettings Of(ParseResult result, RoleSettings settings, GlobalOptionsOfRole global) => new(settings.Role,
        [.. ConfigurationNames.Options(result.CommandResult.Command, global).OrderBy(option => option.Name, StringComparer.Ordinal).Select(option => Of(option, settings.Of(option.Name)))]);

    private static EffectiveSetting Of(Option option, GivenSetting? given)
    {
        var values = given is not { Values.Count: 0 } ? given?.Values ?? Written(option.HasDefaultValue ? option.GetDefaultValue() : option.ValueType == typeof(bool) ? false : null) : ["true"]; // a flag that stands alone
        return new(ConfigurationNames.Member(option.Name), ConfigurationNames.IsSecret(option.Name) ? [.. values.Select(_ => Hidden)] : [.. values.Select(WithoutPassword)],
            (given?.Origin ?? SettingOrigin.Default).ToString().ToLowerInvariant(), given?.Where is { Length: > 0 } where ? where : null);
    }

    /// <summary>A default as a person would write it.</summary>
    private static IReadOnlyList<string> Written(object? value) => value switch
    {
        null => [],
        string text => text.Length > 0 ? [text] : [],
        TimeSpan span => [Span(span)],
        bool yes => [yes ? "true" : "false"],
        Uri address => [address.OriginalString],
        System.Collections.IEnumerable many => [.. many.Cast<object>().SelectMany(Written)],
        Enum name => [name.ToString().ToLowerInvariant()],
        _ => [Convert.ToString(value, CultureInfo.InvariantCulture)!],
    };

    private static string Span(TimeSpan span)
    {
        foreach (var (unit, ticks) in new[] { ("d", TimeSpan.TicksPerDay), ("h", TimeSpan.TicksPerHour), ("m", TimeSpan.TicksPerMinute), ("s", TimeSpan.TicksPerSecond) })
            if (span.Ticks > 0 && span.Ticks % ticks == 0 && (unit != "d" || span.Ticks > ticks)) return string.Create(CultureInfo.InvariantCulture, $"{span.Ticks / ticks}{unit}");
        return string.Create(CultureInfo.InvariantCulture, $"{span.TotalMilliseconds}ms");
    }

    private static string WithoutPassword(string value) => UserInformation().Replace(value, Hidden);

    [GeneratedRegex(@"(?<=://)[^/@\s]+(?=@)")]
    private static partial Regex UserInformation();
}
