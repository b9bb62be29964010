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

    /// <summary>
    /// A JSON file of this machine, written like <c>appsettings.json</c>, whose values lie above everything that was selected; <see langword="null"/> for none.
    /// It need not be there; it is looked at once a second. Its keys, never its values, are in the status and are reported upward, so that <c>helio explain</c> shows them.
    /// At most 1 MiB.
    /// </summary>
    public string? LocalOverridesFile { get; set; }

    internal IReadOnlyList<Selection> Selections => _selections;

    /// <summary>Adds settings of a namespace, above what was selected before: where keys meet, the later selection wins.</summary>
    /// <param name="namespace">The namespace, for example <c>shop.basket</c>.</param>
    /// <param name="label">The label, for example <c>Development</c>; <see langword="null"/> for the settings without one.</param>
    /// <param name="keyPrefix">Only keys that begin so, compared character by character.</param>
    /// <param name="trimPrefix">Whether the prefix is cut off, with a colon that then stands first.</param>
    /// <param name="optional">Whether the start succeeds without the namespace: then the application's own defaults, below, count until it comes. A namespace that is selected more than once is optional if every selection says so.</param>
    /// <returns>These options.</returns>
    /// <exception cref="FormatException">The namespace's name is outside the grammar; the message says where.</exception>
    public HeliographConfigurationOptions Select(string @namespace, string? label = null, string? keyPrefix = null, bool trimPrefix = false, bool optional = false)
    {
        var name = NamespaceName.Parse(@namespace);
        _selections.Add(new(name, string.IsNullOrEmpty(label) ? null : label, keyPrefix ?? "", trimPrefix));
        Instance.Layers.Add(new(name, string.IsNullOrEmpty(label) ? null : label, keyPrefix ?? "", trimPrefix));
        var isKnown = Namespaces.Contains(name);
        if (!isKnown) Namespaces.Add(name);
        if (!optional) OptionalNamespaces.Remove(name);
        else if (!isKnown) OptionalNamespaces.Add(name);
        return this;
    }

    /// <inheritdoc/>
    protected override IEnumerable<string> Faults() =>
        _selections.Count > 0 ? base.Faults() : [.. base.Faults(), "Nothing is selected: call Select with the namespace of this application."];
}
