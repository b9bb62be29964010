// SPDX-License-Identifier: Apache-2.0
using Heliograph.Client.Configuration.Json;

namespace Heliograph.Client.Configuration.Layers;

/// <summary>What one selection adds to the configuration, kept up with its namespace. Not thread-safe.</summary>
internal sealed class SelectionLayer(Selection selection)
{
    private Dictionary<Setting, IReadOnlyList<KeyValuePair<string, string?>>> _flattened = new(ReferenceEqualityComparer.Instance);
    private Shown? _prepared;

    public Selection Selection { get; } = selection;

    /// <summary>The revision that <see cref="Values"/> shows.</summary>
    public Revision Revision { get; private set; }

    /// <summary>Configuration keys, compared without case as everywhere in .NET, and their values.</summary>
    public IReadOnlyDictionary<string, string?> Values { get; private set; } = new Dictionary<string, string?>();

    /// <summary>Shows a view from now on.</summary>
    public void Show(NamespaceView view)
    {
        var shown = Prepare(view);
        (Values, Revision, _flattened, _prepared) = (shown.Values, view.Revision, shown.Flattened, null);
    }

    /// <summary>What a view would add, if it were shown.</summary>
    public IReadOnlyDictionary<string, string?> Preview(NamespaceView view) => Prepare(view).Values;

    private Shown Prepare(NamespaceView view)
    {
        if (_prepared is { } prepared && ReferenceEquals(prepared.View, view)) return prepared;
        var values = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        var winners = new Dictionary<string, SettingKey>(StringComparer.OrdinalIgnoreCase);
        var flattened = new Dictionary<Setting, IReadOnlyList<KeyValuePair<string, string?>>>(ReferenceEqualityComparer.Instance);
        foreach (var setting in view.WithLabel(Selection.Label))
        {
            if (Selection.KeyOf(setting) is not { } key) continue;
            if (!JsonFlattening.IsJson(setting.ContentType))
            {
                Put(key, setting.Value, setting.Key, values, winners);
                continue;
            }
            foreach (var (path, value) in flattened[setting] = Flatten(key, setting)) Put(path, value, setting.Key, values, winners);
        }
        return _prepared = new(view, values, flattened);
    }

    /// <summary>A setting that has not changed is the same object as before, and need not be parsed again.</summary>
    private IReadOnlyList<KeyValuePair<string, string?>> Flatten(string key, Setting setting)
    {
        if (_flattened.TryGetValue(setting, out var known)) return known;
        // What says it is JSON and is not was put there by someone who did not check: it is text, and no reason to stop.
        return JsonFlattening.TryFlatten(key, setting.Value, out var entries) ? entries : [new(key, setting.Value)];
    }

    /// <summary>Views have no order, so where two settings meet in one key the one whose own key comes last ordinally counts: the same in every process.</summary>
    private static void Put(string path, string? value, SettingKey source, Dictionary<string, string?> values, Dictionary<string, SettingKey> winners)
    {
        if (winners.TryGetValue(path, out var before) && before.CompareTo(source) > 0) return;
        winners[path] = source;
        values[path] = value;
    }

    /// <summary>What a view adds, kept from when it is judged until it is shown.</summary>
    private sealed record Shown(NamespaceView View, Dictionary<string, string?> Values, Dictionary<Setting, IReadOnlyList<KeyValuePair<string, string?>>> Flattened);
}
