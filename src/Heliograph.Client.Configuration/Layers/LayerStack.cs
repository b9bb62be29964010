// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Client.Configuration.Layers;

/// <summary>All selections, one above the other: a later one wins. Not thread-safe.</summary>
internal sealed class LayerStack(IEnumerable<Selection> selections)
{
    private readonly List<SelectionLayer> _layers = [.. selections.Select(selection => new SelectionLayer(selection))];

    /// <summary>The namespaces that are selected, in the order in which they first were.</summary>
    public IReadOnlyList<NamespaceName> Namespaces { get; } = [.. selections.Select(selection => selection.Namespace).Distinct()];

    /// <summary>Shows a view in every layer of its namespace.</summary>
    /// <returns>Whether it was not shown already.</returns>
    public bool Show(NamespaceView view)
    {
        var isNew = false;
        foreach (var layer in _layers)
        {
            if (layer.Selection.Namespace != view.Name || layer.Revision == view.Revision) continue;
            layer.Show(view);
            isNew = true;
        }
        return isNew;
    }

    /// <summary>What lies above all of them: keys that this host sets for itself.</summary>
    public IReadOnlyDictionary<string, string?> Overrides { get; set; } = new Dictionary<string, string?>();

    /// <summary>The configuration, in a dictionary of its own.</summary>
    public Dictionary<string, string?> Merge() => Merge(layer => layer.Values);

    /// <summary>The configuration as it would be if a view were shown, in a dictionary of its own.</summary>
    public Dictionary<string, string?> MergeWith(NamespaceView view) => Merge(layer => layer.Selection.Namespace == view.Name ? layer.Preview(view) : layer.Values);

    private Dictionary<string, string?> Merge(Func<SelectionLayer, IReadOnlyDictionary<string, string?>> valuesOf)
    {
        var all = _layers.ConvertAll(layer => valuesOf(layer));
        var merged = new Dictionary<string, string?>(all.Count == 0 ? 0 : all.Max(values => values.Count), StringComparer.OrdinalIgnoreCase);
        foreach (var values in all)
            foreach (var (key, value) in values) merged[key] = value;
        foreach (var (key, value) in Overrides) merged[key] = value;
        return merged;
    }
}
