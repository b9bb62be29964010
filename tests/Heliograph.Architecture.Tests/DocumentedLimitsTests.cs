// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Xunit;

namespace Heliograph.Architecture.Tests;

/// <summary>Every limit, timeout and default is in the reference, with the number that the code has.</summary>
public sealed class DocumentedLimitsTests
{
    private static readonly Assembly[] Shipped = [.. Directory.GetFiles(AppContext.BaseDirectory, "Heliograph.*.dll").Where(path => !Path.GetFileName(path).Contains("Tests", StringComparison.Ordinal)).Select(Assembly.LoadFrom)];

    private static readonly string[] Rows = Repository.Reference("limits.md").Split('\n');

    private static readonly string[] ClientRows = Repository.Reference("client.md").Split('\n');

    /// <summary>Public constants that bound something.</summary>
    public static TheoryData<string, string[]> Constants =>
    [
        .. Types().SelectMany(type => type.GetFields(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly))
            .Where(constant => constant.IsLiteral || constant.IsInitOnly)
            .Where(constant => constant.Name.EndsWith("Max", StringComparison.Ordinal) || constant.Name.EndsWith("Min", StringComparison.Ordinal) || constant.FieldType == typeof(TimeSpan))
            .Where(constant => constant.DeclaringType!.Name != "ProtocolVersion") // a range of versions, in sync-protocol.md
            .Select(constant => (constant.DeclaringType == typeof(Limits) ? constant.Name : $"{constant.DeclaringType!.Name}.{constant.Name}", Spellings(constant.GetValue(null)))),
    ];

    /// <summary>What can be set, with its default.</summary>
    public static TheoryData<string, string[]> Options =>
    [
        .. Types().Where(type => type is { IsClass: true, IsAbstract: false, IsGenericType: false } && type.Name.EndsWith("Options", StringComparison.Ordinal) && type.GetConstructor([]) is not null)
            .SelectMany(type => type.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly).Where(property => property.CanWrite && IsNumber(property.PropertyType))
                .Select(property => ($"{type.Name}.{property.Name}", Spellings(property.GetValue(Activator.CreateInstance(type)))))),
    ];

    [Theory]
    [MemberData(nameof(Constants))]
    public void A_limit_is_in_the_reference_with_its_number(string name, string[] spellings) => Check(Rows, name, spellings);

    [Theory]
    [MemberData(nameof(Options))]
    public void An_option_is_in_the_reference_with_its_default(string name, string[] spellings)
    {
        var isOfClient = name.StartsWith("HeliographClientOptions.", StringComparison.Ordinal) || name.StartsWith("HeliographConfigurationOptions.", StringComparison.Ordinal);
        Check(isOfClient ? ClientRows : Rows, isOfClient ? name.Split('.')[1] : name, spellings);
    }

    private static void Check(string[] rows, string name, string[] spellings)
    {
        var row = rows.Where(line => line.StartsWith('|') && line.Contains($"`{name}`", StringComparison.Ordinal)).ToList();
        Assert.True(row.Count == 1, $"{name} ({spellings[0]}) must stand in one row of a table of docs/reference/limits.md (an application's option: client.md); it stands in {row.Count}.");
        Assert.True(spellings.Any(spelling => Regex.IsMatch(row[0], $"(?<![0-9,.]){Regex.Escape(spelling)}(?![0-9]|,[0-9])")), $"{name} is {string.Join(" or ", spellings)}; its row says: {row[0]}");
    }

    private static IEnumerable<Type> Types() => Shipped.SelectMany(assembly => assembly.GetExportedTypes()).Where(type => !type.FullName!.Contains(".Wire.", StringComparison.Ordinal));

    private static bool IsNumber(Type type) => type == typeof(int) || type == typeof(long) || type == typeof(TimeSpan);

    /// <summary>The ways in which a page may write a number.</summary>
    private static string[] Spellings(object? value) => value switch
    {
        TimeSpan span => [.. Spans(span)],
        null => throw new InvalidOperationException("A limit has a value."),
        _ => [.. Numbers(Convert.ToInt64(value, CultureInfo.InvariantCulture))],
    };

    private static IEnumerable<string> Numbers(long number)
    {
        yield return number.ToString("N0", CultureInfo.InvariantCulture);
        if (number > 0 && number % (1 << 20) == 0) yield return $"{number >> 20} MiB";
        else if (number > 0 && number % (1 << 10) == 0) yield return $"{number >> 10} KiB";
    }

    private static IEnumerable<string> Spans(TimeSpan span)
    {
        if (span == TimeSpan.Zero) yield return "0";
        if (span < TimeSpan.FromSeconds(1)) yield return string.Create(CultureInfo.InvariantCulture, $"{span.TotalMilliseconds} ms");
        else yield return string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds} s");
        if (span.Ticks % TimeSpan.TicksPerMinute == 0) yield return string.Create(CultureInfo.InvariantCulture, $"{span.TotalMinutes} min");
        if (span.Ticks % TimeSpan.TicksPerHour == 0) yield return string.Create(CultureInfo.InvariantCulture, $"{span.TotalHours} h");
        if (span.Ticks % TimeSpan.TicksPerDay == 0) yield return string.Create(CultureInfo.InvariantCulture, $"{span.TotalDays:N0} days");
    }
}
