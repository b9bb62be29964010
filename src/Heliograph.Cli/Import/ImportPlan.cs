// SPDX-License-Identifier: Apache-2.0
using Heliograph.Cli.Api;

namespace Heliograph.Cli.Import;

/// <summary>What applying documents to one namespace takes: at most one atomic changeset.</summary>
/// <param name="Namespace">Where.</param>
/// <param name="Settings">What it is to hold; no key and label twice.</param>
internal sealed record ImportPlan(NamespaceName Namespace, IReadOnlyList<ImportedSetting> Settings)
{
    /// <summary>The operations that put all settings and, for <paramref name="removed"/>, delete what the documents no longer hold.</summary>
    public IReadOnlyList<OperationBody> Operations(IEnumerable<SettingKey> removed) =>
    [
        .. Settings.Select(setting => new OperationBody("put", setting.Key.Key, setting.Key.Label, setting.Value, setting.ContentType,
            setting.Tags.Count > 0 ? setting.Tags : null, setting.IsLocked ? true : null)),
        .. removed.Select(key => new OperationBody("delete", key.Key, key.Label)),
    ];

    /// <summary>Settings of <paramref name="current"/> that the documents do not hold, among those that they speak for: their labels (<see langword="null"/>: all), below <paramref name="prefix"/>.</summary>
    public IEnumerable<SettingKey> Removed(IEnumerable<SettingView> current, IReadOnlySet<string>? labels, string prefix)
    {
        var kept = Settings.Select(setting => setting.Key).ToHashSet();
        return current
            .Where(item => (labels is null || labels.Contains(item.Label ?? "")) && item.Key.StartsWith(prefix, StringComparison.Ordinal))
            .Select(item => SettingKey.Create(item.Key, item.Label))
            .Where(key => !kept.Contains(key));
    }
}
