// SPDX-License-Identifier: Apache-2.0
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Heliograph.Agent.ReadApi;

/// <summary>What a caller has already: <c>If-None-Match</c>.</summary>
internal static class EntityTags
{
    /// <summary>Whether the caller has said that it has something.</summary>
    public static bool HasAny(HttpRequest request) => request.Headers.IfNoneMatch.Count > 0;

    /// <summary>Whether the caller has the content of this tag.</summary>
    public static bool Matches(HttpRequest request, string tag)
    {
        if (!EntityTagHeaderValue.TryParseList(request.Headers.IfNoneMatch!, out var tags)) return false;
        foreach (var one in tags)
            if (one.Tag == "*" || one.Tag == tag) return true; // weak or strong: the content is the same
        return false;
    }
}
