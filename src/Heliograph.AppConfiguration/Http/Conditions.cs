// SPDX-License-Identifier: Apache-2.0
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Heliograph.AppConfiguration.Http;

/// <summary>What <c>If-Match</c> and <c>If-None-Match</c> require.</summary>
internal readonly struct Conditions(StringValues match, StringValues noneMatch)
{
    /// <summary>Nothing is required.</summary>
    public bool AreNone => StringValues.IsNullOrEmpty(match) && StringValues.IsNullOrEmpty(noneMatch);

    /// <summary>There is an <c>If-Match</c>.</summary>
    public bool HasMatch => !StringValues.IsNullOrEmpty(match);

    /// <summary>There is an <c>If-None-Match</c>.</summary>
    public bool HasNoneMatch => !StringValues.IsNullOrEmpty(noneMatch);

    /// <summary>Reads a request's.</summary>
    public static Conditions Of(HttpRequest request) => new(request.Headers.IfMatch, request.Headers.IfNoneMatch);

    /// <summary>Whether a change may go on.</summary>
    /// <param name="etag">Of what is there, without quotes; <see langword="null"/> if nothing is.</param>
    public bool AllowChange(string? etag) =>
        (!HasMatch || (etag is not null && Names(match, etag))) && (!HasNoneMatch || etag is null || !Names(noneMatch, etag));

    /// <summary>Whether what is there is not what <c>If-Match</c> names.</summary>
    public bool FailsMatch(string etag) => HasMatch && !Names(match, etag);

    /// <summary>Whether a page is not what <c>If-Match</c> names. A tag without quotes is none: clients send a key-value's own that way along with a list, and the service lets it pass.</summary>
    public bool FailsPageMatch(string etag) => HasMatch && match.ToString().AsSpan().Trim() is "*" or ['"', ..] or ['W', '/', ..] && !Names(match, etag);

    /// <summary>Whether who asks has it already.</summary>
    public bool HasAlready(string etag) => HasNoneMatch && Names(noneMatch, etag);

    private static bool Names(StringValues header, string etag)
    {
        foreach (var value in header)
            foreach (var part in (value ?? "").AsSpan().Split(','))
            {
                var tag = value.AsSpan()[part].Trim();
                if (tag is "*") return true;
                if (tag.StartsWith("W/", StringComparison.Ordinal)) tag = tag[2..];
                if (tag is ['"', .., '"']) tag = tag[1..^1];
                if (tag.SequenceEqual(etag)) return true;
            }
        return false;
    }
}
