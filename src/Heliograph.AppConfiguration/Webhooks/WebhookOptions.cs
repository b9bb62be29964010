// SPDX-License-Identifier: Apache-2.0
using System.Net;

namespace Heliograph.AppConfiguration.Webhooks;

/// <summary>In which envelope events are sent.</summary>
public enum WebhookSchema
{
    /// <summary>Event Grid's own: always a list.</summary>
    EventGrid,

    /// <summary>CloudEvents 1.0, structured: one event, or a batch.</summary>
    CloudEvents,
}

/// <summary>One receiver of a store's events. Made by the operator, for it says where the origin may connect.</summary>
public sealed class WebhookOptions
{
    /// <summary>Most webhooks of an origin.</summary>
    public const int WebhooksMax = 64;

    private static readonly System.Buffers.SearchValues<char> s_nameChars = System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-");

    /// <summary>Its name: 1 to 64 of <c>a-z 0-9 -</c>. Its cursor is kept under it.</summary>
    public required string Name { get; init; }

    /// <summary>The store.</summary>
    public required NamespaceName Namespace { get; init; }

    /// <summary>Where events go: https, or http where that is allowed. Redirects are not followed.</summary>
    public required Uri Url { get; init; }

    /// <summary>The address under which the receiver's clients know the store: events name key-values beneath it.</summary>
    public required Uri Endpoint { get; init; }

    /// <summary>The envelope. Default Event Grid's.</summary>
    public WebhookSchema Schema { get; init; }

    /// <summary>The key that signs every request, 24 to 64 bytes. Never logged.</summary>
    public required ReadOnlyMemory<byte> Secret { get; init; }

    /// <summary>Types of events that are sent, without <c>Microsoft.AppConfiguration.</c>; empty: all.</summary>
    public IReadOnlySet<string> Events { get; init; } = new HashSet<string>();

    /// <summary>Only key-values whose key begins so are told of. Default: all.</summary>
    public string KeyPrefix { get; init; } = "";

    /// <summary>Most events in a request. 1 to 1,000; default 100 in Event Grid's envelope, whose requests are lists always, and 1 in CloudEvents'.</summary>
    public int BatchMax { get => field == 0 ? Schema == WebhookSchema.EventGrid ? 100 : 1 : field; init; }

    /// <summary>How often a request is tried before its events become dead letters. 1 to 1,000; default 30.</summary>
    public int AttemptsMax { get; init; } = 30;

    /// <summary>Events older than this are tried once more and then become dead letters. 1 s to 30 days; default 24 h.</summary>
    public TimeSpan GiveUpAfter { get; init; } = TimeSpan.FromHours(24);

    /// <summary>How long the receiver has to answer. 1 to 30 s; default 5 s.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Ceiling of the first wait after a failure; it doubles with every further one. Default 1 s.</summary>
    public TimeSpan FirstWait { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Ceiling of later waits. Default 10 min.</summary>
    public TimeSpan LongestWait { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Networks to which it may connect although they are private, link-local or loopback. Default: none.</summary>
    public IReadOnlyList<IPNetwork> AllowNetworks { get; init; } = [];

    /// <summary>Whether plain http may be used: bodies and signatures are then readable on the way. Default no.</summary>
    public bool AllowHttp { get; init; }

    /// <summary>PEM text of the authorities believed instead of the system's; <see langword="null"/>: the system's.</summary>
    public string? Authorities { get; init; }

    /// <summary>Everything that is wrong; empty if nothing is.</summary>
    public IEnumerable<string> Faults()
    {
        if (Name.Length is 0 or > 64 || Name.AsSpan().ContainsAnyExcept(s_nameChars)) yield return "name: 1 to 64 of a-z, 0-9 and - are expected.";
        if (!IsWeb(Url) || Url.UserInfo.Length > 0 || Url.Fragment.Length > 0) yield return "url: an https address without user or fragment is expected.";
        else if (Url.Scheme == Uri.UriSchemeHttp && !AllowHttp) yield return "url: https is expected; http must be allowed by allowHttp.";
        if (!IsWeb(Endpoint) || Endpoint.PathAndQuery != "/") yield return "endpoint: the address of the App Configuration face is expected, without path.";
        if (Secret.Length is < 24 or > 64) yield return "secretFile: base64 of 24 to 64 bytes is expected in it.";
        foreach (var type in Events.Where(type => !StoreEvent.Types.Contains(type))) yield return $"events: one of {string.Join(", ", StoreEvent.Types)} is expected.";
        if (BatchMax is < 1 or > 1_000) yield return "batchMax: 1 to 1000 is expected.";
        if (AttemptsMax is < 1 or > 1_000) yield return "attemptsMax: 1 to 1000 is expected.";
        if (GiveUpAfter < TimeSpan.FromSeconds(1) || GiveUpAfter > TimeSpan.FromDays(30)) yield return "giveUpAfterSeconds: 1 s to 30 days are expected.";
        if (Timeout < TimeSpan.FromSeconds(1) || Timeout > TimeSpan.FromSeconds(30)) yield return "timeoutSeconds: 1 to 30 are expected.";
    }

    private static bool IsWeb(Uri url) => url.IsAbsoluteUri && (url.Scheme == Uri.UriSchemeHttps || url.Scheme == Uri.UriSchemeHttp);
}
