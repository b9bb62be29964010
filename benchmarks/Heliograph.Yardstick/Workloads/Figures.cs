// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Yardstick.Workloads;

/// <summary>What one run came to: named numbers with their unit in the name, and what a reader must know besides.</summary>
internal sealed class Figures
{
    private readonly SortedDictionary<string, double> _values = new(StringComparer.Ordinal);
    private readonly List<string> _notes = [];

    public IReadOnlyDictionary<string, double> Values => _values;

    public IReadOnlyList<string> Notes => _notes;

    public double this[string name]
    {
        get => _values[name];
        set => _values[name] = value;
    }

    public void Note(string note) => _notes.Add(note);
}
