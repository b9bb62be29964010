// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Replicas;
using Heliograph.Protocol;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.Replicas;

namespace Heliograph.Replication.FanOut;

/// <summary>Tells subscribers which namespaces there are under the prefixes that they follow, page by page when they ask, and of new ones as they appear.</summary>
/// <remarks>Thread-safe. Names only what the subscriber may read. A name is a hint; what the subscriber then subscribes to is proven to it, or proven not to be there.</remarks>
internal sealed class NameListing(INamespaceSource source, ISyncAuthorizer authorizer)
{
    /// <summary>Most patterns that one stream may follow.</summary>
    public const int PatternsMax = 64;

    /// <summary>Names in one answer: some 17 KiB at the most, less than half of the answers that may wait, and the next only when this one was read.</summary>
    private const int PageNames = 128;

    private readonly Lock _sync = new();
    private readonly Dictionary<long, (Subscriber Subscriber, IReadOnlyList<NamespacePattern> Patterns, IDisposable Want)> _listeners = [];

    /// <summary>A subscriber asks for a page; at the first one, and when its patterns change, it also begins to hear of new names.</summary>
    /// <exception cref="ProtocolException">It follows what cannot be, or too much.</exception>
    public void Follow(Subscriber subscriber, Follow asked)
    {
        if (asked.Patterns.Count > PatternsMax) throw new ProtocolException($"A stream follows at most {PatternsMax} prefixes.");
        IReadOnlyList<NamespacePattern> patterns = [.. asked.Patterns.Select(Pattern)];
        if (source.Names is not { } names) return; // knows no more than what it is asked for by name
        Listen(subscriber, patterns, names);
        if (patterns.Count == 0) return;
        var found = names.NamesAfter(patterns, asked.After.Length == 0 ? null : Name(asked.After), PageNames);
        var page = new Names { Next = found.Count == PageNames ? found[^1].Value : "" };
        page.Names_.AddRange(found.Where(name => MayRead(subscriber, name)).Select(name => name.Value));
        subscriber.Send(Frame.Encode(FrameType.Names, page));
    }

    /// <summary>A subscriber is gone.</summary>
    public void Leave(Subscriber subscriber)
    {
        lock (_sync)
            if (_listeners.Remove(subscriber.Id, out var listener)) listener.Want.Dispose();
    }

    /// <summary>Who may read what has changed: whoever follows prefixes asks again.</summary>
    public void PolicyChanged()
    {
        lock (_sync)
            foreach (var (subscriber, _, _) in _listeners.Values) subscriber.Send(Frame.Encode(FrameType.Names, new Names { Again = true }));
    }

    private void Listen(Subscriber subscriber, IReadOnlyList<NamespacePattern> patterns, INamespaceDirectory names)
    {
        lock (_sync)
        {
            if (_listeners.TryGetValue(subscriber.Id, out var known) && known.Patterns.SequenceEqual(patterns)) return;
            known.Want?.Dispose();
            if (patterns.Count == 0) _listeners.Remove(subscriber.Id);
            else _listeners[subscriber.Id] = (subscriber, patterns, names.WantNames(patterns, name => Appeared(subscriber, name)));
        }
    }

    private void Appeared(Subscriber subscriber, NamespaceName name)
    {
        if (MayRead(subscriber, name)) subscriber.Send(Frame.Encode(FrameType.Names, new Names { Names_ = { name.Value } }));
    }

    private bool MayRead(Subscriber subscriber, NamespaceName name) => !name.IsPrivate && authorizer.MayRead(subscriber.Peer, name);

    private static NamespaceName Name(string text) =>
        NamespaceName.TryParse(text, out var name, out var error) ? name : throw new ProtocolException($"A frame asks for names behind one that cannot be: {error}");

    private static NamespacePattern Pattern(string text)
    {
        if (!NamespacePattern.TryParse(text, out var pattern, out var error)) throw new ProtocolException($"A frame follows what cannot be: {error}");
        return pattern.IsName ? throw new ProtocolException($"'{text}' is one namespace: it is subscribed to.") : pattern;
    }
}
