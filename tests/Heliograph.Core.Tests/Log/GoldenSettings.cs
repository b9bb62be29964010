// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Core.Tests.Log;

/// <summary>The settings of golden-log.py.</summary>
internal static class GoldenSettings
{
    public static IReadOnlyList<Setting> All { get; } =
    [
        Setting.Of("checkout:timeout", "30"),
        new(SettingKey.Create("checkout:timeout", "eu"), "45", "text/plain", [KeyValuePair.Create("owner", "payments"), KeyValuePair.Create("tier", "1")], IsLocked: true),
        Setting.Of("empty", ""),
        Setting.Of("greeting", "Grüß Gott 👋", "de", "text/plain;charset=utf-8"),
    ];
}
