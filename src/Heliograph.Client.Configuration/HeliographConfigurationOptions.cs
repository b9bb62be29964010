// SPDX-License-Identifier: Apache-2.0
using Heliograph.Client.Configuration.Layers;
using Microsoft.Extensions.Logging;

namespace Heliograph.Client.Configuration;

/// <summary>What a configuration takes from Heliograph, and how its client reaches it.</summary>
public sealed class HeliographConfigurationOptions : HeliographClientOptions
{
    private readonly List<Selection> _selections = [];

    /// <summary>Where the client tells; <see langword="null"/> for nowhere. Configuration is built before a host's own logging is.</summary>
    public ILoggerFactory? Loggers { get; set; }

    internal IReadOnlyList<Selection> Selections => _selections;

    /// <summary>Adds settings of a namespace, above what was selected before: where keys meet, the later selection wins.</summary>
    /// <param name="namespace">The namespace, for example <c>shop.basket</c>.</param>
    /// <param name="label">The label, for example <c>Development</c>; <see langword="null"/> for the settings without one.</param>
    /// <param name="keyPrefix">Only keys that begin so, compared character by character.</param>
    /// <param name="trimPrefix">Whether the prefix is cut off, with a colon that then stands first.</param>
    /// <returns>These options.</returns>
    /// <exception cref="FormatException">The namespace's name is outside the grammar; the message says where.</exception>
    public HeliographConfigurationOptions Select(string @namespace, string? label = null, string? keyPrefix = null, bool trimPrefix = false)
    {
        var name = NamespaceName.Parse(@namespace);
        _selections.Add(new(name, string.IsNullOrEmpty(label) ? null : label, keyPrefix ?? "", trimPrefix));
        Instance.Layers.Add(new(name, string.IsNullOrEmpty(label) ? null : label, keyPrefix ?? "", trimPrefix));
        if (!Namespaces.Contains(name)) Namespaces.Add(name);
        return this;
    }

    /// <inheritdoc/>
    protected override IEnumerable<string> Faults() =>
        _selections.Count > 0 ? base.Faults() : [.. base.Faults(), "Nothing is selected: call Select with the namespace of this application."];
}
