// SPDX-License-Identifier: Apache-2.0
using Microsoft.AspNetCore.Http;

namespace Heliograph.AppConfiguration.Http;

/// <summary>What browsers need to be told. Requests prove themselves by a signature or a token, never by a cookie, so any page may ask.</summary>
internal static class Cors
{
    /// <summary>Headers of an answer that a page may read.</summary>
    public const string Exposed = "DNT, X-CustomHeader, Keep-Alive, User-Agent, X-Requested-With, If-Modified-Since, Cache-Control, Content-Type, Authorization, x-ms-client-request-id, x-ms-useragent, x-ms-content-sha256, x-ms-date, host, Accept, Accept-Datetime, Date, If-Match, If-None-Match, Sync-Token, x-ms-return-client-request-id, ETag, Last-Modified, Link, Memento-Datetime, retry-after-ms, Retry-After, x-ms-request-id, x-ms-correlation-request-id, Operation-Location, WWW-Authenticate";

    /// <summary>Answers a preflight, which carries no proof.</summary>
    public static Answer Preflight(HttpRequest request)
    {
        if (!request.Headers.ContainsKey("Access-Control-Request-Method")) return Problems.MethodNotAllowed("GET, HEAD, PUT, PATCH, DELETE");
        var asked = request.Headers.AccessControlRequestHeaders.ToString();
        return new(StatusCodes.Status200OK)
        {
            Headers =
            [
                new("Access-Control-Allow-Methods", "GET, HEAD, PUT, PATCH, DELETE, OPTIONS"),
                new("Access-Control-Allow-Headers", asked.Length is > 0 and <= 2_048 && AnswerWriter.IsPrintable(asked) ? asked : Exposed),
                new("Access-Control-Max-Age", "1728000"),
            ],
        };
    }
}
