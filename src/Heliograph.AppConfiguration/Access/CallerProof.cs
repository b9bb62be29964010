// SPDX-License-Identifier: Apache-2.0
using Heliograph.AppConfiguration.Http;
using Heliograph.Core.Access;
using Microsoft.AspNetCore.Http;

namespace Heliograph.AppConfiguration.Access;

/// <summary>Finds out who asks: by the signature of an access key, or by a token of a configured issuer.</summary>
internal sealed class CallerProof(SignedRequest signed, BearerCallers? bearers)
{
    private const string BearerScheme = "Bearer ";

    /// <summary>Whether this tier has what it needs to judge who asks, well or badly.</summary>
    public bool CanJudge(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        return !SignedRequest.IsClaimed(header) || signed.Knows(SignedRequest.CredentialOf(header));
    }

    /// <summary>The caller, or the answer to one who has proven nothing.</summary>
    public ValueTask<(Caller? Caller, Answer? Refusal)> OfAsync(HttpContext context, string target, ReadOnlyMemory<byte> body)
    {
        var header = context.Request.Headers.Authorization.ToString();
        if (SignedRequest.IsClaimed(header))
        {
            var (key, refusal) = signed.Check(context.Request, header, target, body.Span);
            return key is null && refusal == SignedRequest.UnknownCredential
                ? AgainAsync(context, header, target, body)
                : new(Judged(key, refusal));
        }
        if (bearers is not null && header.StartsWith(BearerScheme, StringComparison.OrdinalIgnoreCase)) return bearers.OfAsync(context);
        return new((null, Problems.Unauthorized(null)));
    }

    private async ValueTask<(Caller? Caller, Answer? Refusal)> AgainAsync(HttpContext context, string header, string target, ReadOnlyMemory<byte> body)
    {
        if (!await signed.PrepareAsync(SignedRequest.CredentialOf(header), context.RequestAborted)) return Judged(null, SignedRequest.UnknownCredential);
        var (key, refusal) = signed.Check(context.Request, header, target, body.Span);
        return Judged(key, refusal);
    }

    private static (Caller?, Answer?) Judged(AccessKey? key, string? refusal) =>
        key is null ? (null, Problems.Unauthorized(refusal)) : (new Caller(key.Namespace, key.MayWrite, key.Actor), null);
}
