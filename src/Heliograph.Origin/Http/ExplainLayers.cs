// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Merkle;
using Heliograph.Origin.Access;
using Heliograph.Protocol.Wire;

namespace Heliograph.Origin.Http;

/// <summary>From which of its layers an instance takes a setting, and which other one lies above it.</summary>
/// <param name="layers">The instance's layers, the last on top.</param>
/// <param name="caller">Who asks; of namespaces that the caller may not read nothing is said.</param>
/// <param name="content">What the instance runs of a namespace; <see langword="null"/> if that is not known.</param>
/// <remarks>Keys are compared as they stand: a key that differs by case only, or that stands inside a JSON value, is not seen.</remarks>
internal sealed class ExplainLayers(IReadOnlyList<Layer> layers, Caller caller, Func<NamespaceName, Task<MerkleMap?>> content)
{
    /// <summary>The topmost layer of the namespace that holds the key, its label, and what lies above it. A label that was asked for is looked for alone.</summary>
    public async Task<(ExplainLayer? Layer, SettingKey Key, ExplainOverride? Above)> FindAsync(NamespaceName name, SettingKey asked)
    {
        if (await content(name) is not { } records) return (null, asked, null);
        for (var i = layers.Count - 1; i >= 0; i--)
        {
            var layer = layers[i];
            if (layer.Namespace != name.Value || !asked.Key.StartsWith(layer.KeyPrefix, StringComparison.Ordinal) || (asked.Label is { } label && label != layer.Label)) continue;
            if (!SettingKey.TryCreate(asked.Key, Label(layer), out var key, out _) || Mapping.Find(records, key) is null) continue;
            return (new(i + 1, layers.Count, layer.Namespace, Label(layer), layer.KeyPrefix), key, await AboveAsync(i, Seen(layer, asked.Key)));
        }
        return (null, asked, null);
    }

    /// <summary>The keys by which the instance's host sets what the application sees of a key, or something under it; compared without case, as configuration keys are.</summary>
    public static IReadOnlyList<string> LocalOverrides(Instance? instance, ExplainLayer? layer, string key)
    {
        if (instance is null) return [];
        var trimmed = layer is not null && instance.Layers[layer.Number - 1] is { TrimPrefix: true } of ? Seen(of, key) : key;
        return [.. instance.LocalOverrides.Where(local => local.Equals(trimmed, StringComparison.OrdinalIgnoreCase) || local.StartsWith($"{trimmed}:", StringComparison.OrdinalIgnoreCase))];
    }

    private async Task<ExplainOverride?> AboveAsync(int index, string seen)
    {
        for (var i = layers.Count - 1; i > index; i--)
        {
            var layer = layers[i];
            if (!NamespaceName.TryParse(layer.Namespace, out var name, out _) || !caller.MayRead(name) || await content(name) is not { } records) continue;
            foreach (var candidate in Sources(layer, seen))
                if (SettingKey.TryCreate(candidate, Label(layer), out var key, out _) && Mapping.Find(records, key) is not null) return new(i + 1, layer.Namespace, candidate, Label(layer));
        }
        return null;
    }

    /// <summary>The key as the application sees it.</summary>
    private static string Seen(Layer layer, string key)
    {
        if (!layer.TrimPrefix || layer.KeyPrefix.Length == 0) return key;
        var rest = key[layer.KeyPrefix.Length..];
        return rest.StartsWith(':') ? rest[1..] : rest;
    }

    /// <summary>The keys by which a layer may hold what the application sees.</summary>
    private static IEnumerable<string> Sources(Layer layer, string seen)
    {
        if (!layer.TrimPrefix || layer.KeyPrefix.Length == 0) return seen.StartsWith(layer.KeyPrefix, StringComparison.Ordinal) ? [seen] : [];
        return [layer.KeyPrefix + seen, $"{layer.KeyPrefix}:{seen}"];
    }

    private static string? Label(Layer layer) => layer.Label.Length == 0 ? null : layer.Label;
}
