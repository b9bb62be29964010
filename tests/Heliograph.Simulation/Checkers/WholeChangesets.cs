// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using Heliograph.Core.Merkle;
using Heliograph.Core.State;

namespace Heliograph.Simulation.Checkers;

/// <summary>I4: a changeset is seen whole or not at all. Authors write one token into a group of keys with each changeset; a reader never sees two tokens in a group.</summary>
public static class WholeChangesets
{
    /// <summary>The keys of a group.</summary>
    public const int GroupKeys = 5;

    /// <summary>The key of a group's member.</summary>
    public static SettingKey KeyOf(int group, int member) => SettingKey.Create(string.Create(CultureInfo.InvariantCulture, $"group{group}:key{member}"), null);

    /// <summary>A reader looks at one snapshot.</summary>
    public static void Verify(MerkleMap records, string node, string name, int groups)
    {
        for (var group = 0; group < groups; group++)
        {
            var first = ValueOf(records, group, 0);
            for (var member = 1; member < GroupKeys; member++)
                if (ValueOf(records, group, member) != first) throw new ViolationException("I4", $"{node} shows half a changeset of {name}: group {group}, member {member}.");
        }
    }

    private static string? ValueOf(MerkleMap records, int group, int member)
    {
        var key = SettingRecord.KeyOf(KeyOf(group, member));
        return records.TryGet(key, out var value) && SettingRecord.TryParse(key, value.Span, out var setting) ? setting.Value : null;
    }
}
