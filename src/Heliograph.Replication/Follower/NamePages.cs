// SPDX-License-Identifier: Apache-2.0
using System.Collections.Immutable;
using Heliograph.Core.Replicas;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.FanOut;

namespace Heliograph.Replication.Following;

/// <summary>One session's asking for names: page after page, from the beginning whenever the patterns change or the parent says so.</summary>
/// <remarks>Thread-safe: the reading loop takes pages, the subscribing loop asks.</remarks>
internal sealed class NamePages(NameTable names)
{
    private readonly Lock _sync = new();
    private ImmutableSortedSet<NamespacePattern> _asked = [];
    private string? _next; // where the list goes on; null: not asked for now

    /// <summary>What is to be asked of the parent now, or <see langword="null"/>.</summary>
    public Follow? Ask()
    {
        lock (_sync)
        {
            var patterns = names.Patterns;
            if (!patterns.SetEquals(_asked)) (_asked, _next) = (patterns, "");
            if (_next is null) return null;
            var frame = new Follow { After = _next };
            if (_asked.Count > NameListing.PatternsMax) frame.Patterns.Add(NamespacePattern.Realm.Text); // what many below want together: more than one stream may name; what is not wanted is not kept
            else frame.Patterns.AddRange(_asked.Select(pattern => pattern.Text));
            _next = null;
            return frame;
        }
    }

    /// <summary>The parent has named some.</summary>
    /// <exception cref="ProtocolException">One of the names cannot be.</exception>
    public void Take(Names page)
    {
        names.Learn(page.Names_.Select(Name));
        lock (_sync)
            if (page.Again) _next = "";
            else if (page.Next.Length > 0) _next ??= page.Next; // a word to begin again, if there was one, goes before
    }

    private static NamespaceName Name(string text) =>
        NamespaceName.TryParse(text, out var name, out var error) ? name : throw new ProtocolException($"A frame names a namespace that cannot be: {error}");
}
