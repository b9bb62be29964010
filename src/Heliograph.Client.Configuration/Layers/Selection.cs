// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Client.Configuration.Layers;

/// <summary>Which settings of a namespace are seen, and under which keys.</summary>
/// <param name="Namespace">The namespace.</param>
/// <param name="Label">The label; <see langword="null"/> for the settings without one.</param>
/// <param name="KeyPrefix">What a key begins with, compared character by character; empty for every key.</param>
/// <param name="TrimPrefix">Whether the prefix is cut off, with a colon that then stands first.</param>
internal sealed record Selection(NamespaceName Namespace, string? Label, string KeyPrefix, bool TrimPrefix)
{
    /// <summary>The configuration key of a setting, or <see langword="null"/> if it is not selected or nothing of its key is left.</summary>
    public string? KeyOf(Setting setting)
    {
        var key = setting.Key.Key;
        if (!key.StartsWith(KeyPrefix, StringComparison.Ordinal)) return null;
        if (!TrimPrefix || KeyPrefix.Length == 0) return key;
        var rest = key.AsSpan(KeyPrefix.Length);
        if (rest.StartsWith(':')) rest = rest[1..];
        return rest.IsEmpty ? null : rest.ToString();
    }
}
