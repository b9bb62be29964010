// SPDX-License-Identifier: Apache-2.0
using Heliograph.AppConfiguration.Filters;
using Heliograph.AppConfiguration.Stores;
using Microsoft.AspNetCore.Http;

namespace Heliograph.AppConfiguration.Http;

/// <summary>Who asks, for which store, and what they may.</summary>
/// <param name="Store">The namespace.</param>
/// <param name="MayWrite">Whether they may change it.</param>
/// <param name="Actor">Author of what they change.</param>
internal sealed record Caller(NamespaceName Store, bool MayWrite, string Actor);

/// <summary>A request that is proven and understood so far: what every endpoint works with.</summary>
internal sealed record FaceRequest(HttpContext Context, RequestTarget Target, QueryParameters Query, ApiVersion Version, Caller Caller, StoreView View, ReadOnlyMemory<byte> Body)
{
    /// <summary>The method, upper case.</summary>
    public string Method => Context.Request.Method;

    /// <summary>Whether it only reads.</summary>
    public bool IsRead => HttpMethods.IsGet(Method) || HttpMethods.IsHead(Method);

    /// <summary>Its conditions.</summary>
    public Conditions Conditions => Conditions.Of(Context.Request);

    /// <summary>Which members the answer is to have.</summary>
    public Fields Fields => FieldList.Parse(Query.Single("$select"));

    /// <summary>Ends with the request.</summary>
    public CancellationToken Aborted => Context.RequestAborted;

    /// <summary>The instant that the request travels to, in whole seconds; <see langword="null"/>: now. What cannot be read is ignored, as the service's emulator does.</summary>
    public DateTimeOffset? Instant { get; } = LooseDate.TryParse(Context.Request.Headers["Accept-Datetime"].ToString(), out var date) ? DateTimeOffset.FromUnixTimeSeconds(date.ToUnixTimeSeconds()) : null;

    /// <summary>Key and label of a single key-value; a label that is missing, empty or U+0000 is none.</summary>
    /// <exception cref="FilterException">They are no key and label.</exception>
    public SettingKey Key()
    {
        if (Target.Name is "." or ".." or "%") throw new FilterException("key", "key: The key must not be '.', '..' or '%'");
        var label = Query.Single("label");
        if (label is "\0") label = null;
        if (!SettingKey.TryCreate(Target.Name, null, out _, out var error)) throw new FilterException("key", $"key: {error}");
        return SettingKey.TryCreate(Target.Name, label, out var key, out error) ? key : throw new FilterException("label", $"label: {error}");
    }
}
