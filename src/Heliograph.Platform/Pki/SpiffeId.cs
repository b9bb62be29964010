// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.CodeAnalysis;

namespace Heliograph.Platform.Pki;

/// <summary>What a certificate's holder may be in the realm.</summary>
public enum PeerRole
{
    /// <summary>Sequences and signs the log.</summary>
    Origin,

    /// <summary>Passes it on.</summary>
    Relay,

    /// <summary>Serves one host.</summary>
    Agent,

    /// <summary>An application, or a person's or a pipeline's tool.</summary>
    App,
}

/// <summary>Who a certificate speaks for, as a SPIFFE ID: one of <c>spiffe://realm/origin/id</c>, <c>spiffe://realm/relay/region/id</c>,
/// <c>spiffe://realm/agent/host</c>, <c>spiffe://realm/app/namespace-or-service/name</c>.</summary>
/// <remarks>Parsed strictly from its text, never through a URI parser, which would forgive and normalise: no two texts are one identity.</remarks>
public sealed record SpiffeId
{
    /// <summary>Longest identity, in characters.</summary>
    public const int CharsMax = 256;

    private const string Scheme = "spiffe://";

    private readonly string _text;

    private SpiffeId(string text, string realm, PeerRole role, string name) => (_text, Realm, Role, Name) = (text, realm, role, name);

    /// <summary>The realm: the trust domain.</summary>
    public string Realm { get; }

    /// <summary>What the holder may be.</summary>
    public PeerRole Role { get; }

    /// <summary>The last segment: which origin, relay, agent host or application.</summary>
    public string Name { get; }

    /// <summary>An origin.</summary>
    /// <exception cref="FormatException">A part is outside the grammar.</exception>
    public static SpiffeId Origin(string realm, string id) => Parse($"{Scheme}{realm}/origin/{id}");

    /// <summary>A relay of a region.</summary>
    /// <exception cref="FormatException">A part is outside the grammar.</exception>
    public static SpiffeId Relay(string realm, string region, string id) => Parse($"{Scheme}{realm}/relay/{region}/{id}");

    /// <summary>The agent of a host.</summary>
    /// <exception cref="FormatException">A part is outside the grammar.</exception>
    public static SpiffeId Agent(string realm, string host) => Parse($"{Scheme}{realm}/agent/{host}");

    /// <summary>An application, by namespace or service and a name.</summary>
    /// <exception cref="FormatException">A part is outside the grammar.</exception>
    public static SpiffeId App(string realm, string scope, string name) => Parse($"{Scheme}{realm}/app/{scope}/{name}");

    /// <summary>Reads an identity.</summary>
    /// <exception cref="FormatException">The text is outside the grammar; the message says how.</exception>
    public static SpiffeId Parse(string text) => TryParse(text, out var id, out var error) ? id : throw new FormatException(error);

    /// <summary>Reads an identity, or says why it is none.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out SpiffeId? id, [NotNullWhen(false)] out string? error)
    {
        id = null;
        if (text.Length > CharsMax || !text.StartsWith(Scheme, StringComparison.Ordinal))
        {
            error = $"An identity begins with {Scheme} and has at most {CharsMax} characters.";
            return false;
        }
        var parts = text[Scheme.Length..].Split('/');
        error = RealmName.Fault(parts[0]) ?? parts.Skip(1).Select(SegmentFault).FirstOrDefault(fault => fault is not null);
        if (error is not null) return false;
        PeerRole? role = (parts.Length, parts.ElementAtOrDefault(1)) switch
        {
            (3, "origin") => PeerRole.Origin,
            (4, "relay") => PeerRole.Relay,
            (3, "agent") => PeerRole.Agent,
            (4, "app") => PeerRole.App,
            _ => null,
        };
        if (role is null)
        {
            error = "The path of an identity is one of origin/<id>, relay/<region>/<id>, agent/<host>, app/<namespace-or-service>/<name>.";
            return false;
        }
        id = new(text, parts[0], role.Value, parts[^1]);
        return true;
    }

    private static string? SegmentFault(string segment)
    {
        if (segment is "" or "." or "..") return "A segment of an identity is not empty, '.' or '..'.";
        foreach (var c in segment)
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.'))
                return "A segment of an identity holds letters, digits, '-', '_' and '.'.";
        return null;
    }

    /// <summary>The identity as text: the subject in roles, logs and entries.</summary>
    public override string ToString() => _text;
}
