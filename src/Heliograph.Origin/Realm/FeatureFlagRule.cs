// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Sequencing;
using Heliograph.FeatureFlags;

namespace Heliograph.Origin.Realm;

/// <summary>What has the content type of feature flags must be one: the same rule for the REST API, the command line and every face, as all of them write through the sequencer.</summary>
internal sealed class FeatureFlagRule : ISettingRule
{
    public string? Fault(Setting setting) =>
        FeatureFlag.IsMediaType(setting.ContentType) && !FlagReader.TryRead(setting.Value, out _, out var faults) ? $"No feature flag, '{setting.Key}': {string.Join("; ", faults)}." : null;
}
