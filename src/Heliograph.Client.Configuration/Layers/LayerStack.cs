// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Client.Configuration.Layers;

/// <summary>All selections, one above the other: a later one wins. Not thread-safe.</summary>
internal sealed class LayerStack(IEnumerable<Selection> selections)
{
    private readonly List<SelectionLayer> _layers = [.. selections.Select(selection => new SelectionLayer(selection))];

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

    /// <summary>The configuration, in a dictionary of its own.</summary>
    public Dictionary<string, string?> Merge()
    {
        var merged = new Dictionary<string, string?>(_layers.Count == 0 ? 0 : _layers.Max(layer => layer.Values.Count), StringComparer.OrdinalIgnoreCase);
        foreach (var layer in _layers)
            foreach (var (key, value) in layer.Values) merged[key] = value;
        return merged;
    }
}
