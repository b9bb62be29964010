// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Hosting.Telemetry;

/// <summary>OpenTelemetry's names as Prometheus has them: the unit is part of the name, and a counter says that it is one.</summary>
public static class PrometheusNames
{
    /// <summary>The name of an instrument.</summary>
    /// <param name="name">As OpenTelemetry has it, for example <c>heliograph.hub.sent</c>.</param>
    /// <param name="unit">UCUM, for example <c>By</c>; what stands in braces counts things and is no part of the name.</param>
    /// <param name="isCounter">Whether it only grows.</param>
    public static string Of(string name, string? unit, bool isCounter)
    {
        var plain = Label(name);
        var suffix = unit switch { "s" => "_seconds", "ms" => "_milliseconds", "By" => "_bytes", "1" when !isCounter => "_ratio", _ => "" };
        if (!plain.EndsWith(suffix, StringComparison.Ordinal)) plain += suffix;
        return isCounter ? plain + "_total" : plain;
    }

    /// <summary>The name of an attribute.</summary>
    public static string Label(string name) => string.Create(name.Length, name, static (plain, name) =>
    {
        for (var i = 0; i < name.Length; i++) plain[i] = char.IsAsciiLetterOrDigit(name[i]) ? name[i] : '_';
    });
}
