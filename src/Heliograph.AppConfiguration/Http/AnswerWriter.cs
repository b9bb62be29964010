// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using Heliograph.AppConfiguration.Stores;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Heliograph.AppConfiguration.Http;

/// <summary>Writes answers with the headers that every one has.</summary>
/// <param name="asOf">When what is served was signed, for tiers that are copies (<c>x-ms-date</c>); <see langword="null"/> at the origin.</param>
/// <param name="ids">Where ids of requests come from.</param>
internal sealed class AnswerWriter(Func<DateTimeOffset?>? asOf, RequestIds ids)
{
    private static readonly StringValues s_any = "*", s_exposed = Cors.Exposed;

    /// <summary>Whether a text from outside may stand in a header.</summary>
    public static bool IsPrintable(string text) => !text.AsSpan().ContainsAnyExceptInRange(' ', '~');

    /// <summary>Writes one.</summary>
    public async ValueTask WriteAsync(HttpContext context, Answer answer)
    {
        var (request, response) = (context.Request, context.Response);
        var headers = response.Headers;
        response.StatusCode = answer.Status;
        headers.AccessControlAllowOrigin = s_any;
        headers.AccessControlExposeHeaders = s_exposed;
        Identify(request, headers);
        if (answer.ETag is not null) headers.ETag = answer.ETag;
        if (answer.Link is not null) headers.Link = answer.Link;
        if (answer.LastModified is { } modified) headers.LastModified = modified.ToString("r", CultureInfo.InvariantCulture);
        if (answer.Revision is { } revision) headers["Sync-Token"] = SyncTokenOf(revision);
        if (asOf?.Invoke() is { } signed) headers["x-ms-date"] = DateOf(signed);
        if (answer.RetryAfter is { } wait)
        {
            headers.RetryAfter = Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
            headers["retry-after-ms"] = Math.Max(1, (long)wait.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
        }
        foreach (var (name, value) in answer.Headers) headers[name] = value;
        if (answer.Status is 204 or 304) return;
        var body = answer.Body;
        response.ContentLength = body.Length;
        if (answer.ContentType is not null) response.ContentType = answer.ContentType;
        if (body.Length > 0 && !HttpMethods.IsHead(request.Method)) await response.BodyWriter.WriteAsync(body, context.RequestAborted);
    }

    private void Identify(HttpRequest request, IHeaderDictionary headers)
    {
        var id = ids.Next().ToString();
        headers["x-ms-request-id"] = id;
        var correlation = request.Headers["x-ms-correlation-request-id"];
        headers["x-ms-correlation-request-id"] = correlation is [{ Length: > 0 and <= 128 } text] && IsPrintable(text) ? text : id;
        if (request.Headers["x-ms-return-client-request-id"] is ["true" or "True"] && request.Headers["x-ms-client-request-id"] is [{ Length: > 0 and <= 128 } client] && IsPrintable(client))
            headers["x-ms-client-request-id"] = client;
    }

    private Token? _lastToken;
    private SignedAt? _lastDate;

    private string DateOf(DateTimeOffset signed)
    {
        if (_lastDate is { } known && known.At == signed) return known.Text; // a head lasts for many answers
        var date = new SignedAt(signed, signed.ToString("r", CultureInfo.InvariantCulture));
        _lastDate = date;
        return date.Text;
    }

    private string SyncTokenOf(Revision revision)
    {
        if (_lastToken is { } known && known.Revision == revision) return known.Text; // most answers tell of the newest revision
        var token = new Token(revision, SyncToken.Format(revision));
        _lastToken = token;
        return token.Text;
    }

    private sealed record Token(Revision Revision, string Text);

    private sealed record SignedAt(DateTimeOffset At, string Text);
}
