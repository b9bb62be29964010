// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Heliograph.Core.Access;
using Heliograph.Core.Sequencing;
using Heliograph.Hosting.Problems;
using Heliograph.Origin.Access;
using Heliograph.Origin.Cluster;
using Heliograph.Origin.Enrolment;
using Heliograph.Platform.Pki;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Heliograph.Origin.Http;

/// <summary>Enrolment: tokens for nodes, first certificates by token, following ones by certificate.</summary>
internal static class EnrolmentEndpoints
{
    private const long BodyBytesMax = 64 << 10;
    private const int NamesMax = 20;

    public static void Map(IEndpointRouteBuilder routes, OriginApi api, Enroller enroller)
    {
        routes.Post("/enrolment-tokens", api, (_, context) => MakeTokenAsync(api, enroller, context)).WithBody<NewEnrolment>(BodyBytesMax)
            .Describe<NewEnrolmentView>("createEnrolmentToken", "Makes a token that is good for one certificate, once, for ten minutes. It is shown once.", status: StatusCodes.Status201Created);
        routes.Post("/enrolment", api, (_, context) => EnrolAsync(api, enroller, context)).WithBody<SigningBody>(BodyBytesMax)
            .Describe<CertificateView>("enrol", "Issues the certificate that an enrolment token stands for. The token is the bearer's.", status: StatusCodes.Status201Created);
        routes.Post("/certificate", api, (_, context) => RenewAsync(api, enroller, context)).WithBody<SigningBody>(BodyBytesMax).WithMetadata(new AnsweredHere())
            .Describe<CertificateView>("renewCertificate", "Issues the successor of the client certificate that the connection shows: same identity, same names, another key.", status: StatusCodes.Status201Created);
    }

    private static async Task<IResult> MakeTokenAsync(OriginApi api, Enroller enroller, HttpContext context)
    {
        using var call = await Call.ReadAsync(api, context);
        if (call.Body is not { } body) return call.Faults.ToProblem();
        var (text, dns, addresses) = (body.RequiredText("identity"), Texts(body, "dns", call.Faults), Texts(body, "addresses", call.Faults));
        body.End();
        if (!enroller.IsAble) return NotAble();
        if (!SpiffeId.TryParse($"spiffe://{enroller.Realm}/{text}", out var identity, out var error)) call.Faults.Add("identity", error);
        else if (identity.Role is PeerRole.App) call.Faults.Add("identity", "Origins, relays and agents are enrolled; an application follows its host's agent, or gets a certificate by 'helio certs issue'.");
        for (var i = 0; i < dns.Count; i++)
            if (Uri.CheckHostName(dns[i]) is not UriHostNameType.Dns) call.Faults.Add($"dns[{i}]", "This is no host name.");
        for (var i = 0; i < addresses.Count; i++)
            if (!IPAddress.TryParse(addresses[i], out _)) call.Faults.Add($"addresses[{i}]", "This is no IP address.");
        if (call.Faults.Any) return call.Faults.ToProblem();
        var caller = context.GetCaller();
        if (!caller.MayManageTokens) return ProblemKinds.NotAuthorized.With($"'{caller.Subject}' is not an admin of '{NamespaceName.Credentials}'.");
        var (token, expiresAt, result) = await enroller.MakeTokenAsync(identity!, dns, addresses, caller.Subject, call.Id, context.RequestAborted);
        return token is null ? result.ToProblem() : TypedResults.Json(new NewEnrolmentView(token, identity!.ToString(), expiresAt), ApiJson.Default.NewEnrolmentView, statusCode: StatusCodes.Status201Created);
    }

    private static async Task<IResult> EnrolAsync(OriginApi api, Enroller enroller, HttpContext context)
    {
        var (key, problem, requestId) = await ReadAsync(api, context);
        if (key is null) return problem!;
        if (!enroller.IsAble) return NotAble();
        if (context.GetCaller().Enrolment is not { } token) return ProblemKinds.Unauthenticated.With("Give 'Authorization: Bearer hle_…', the enrolment token.");
        var (certificate, result) = await enroller.EnrolAsync(token.Id, token.Record, key, requestId, context.RequestAborted);
        return certificate is not null ? Issued(certificate, token.Record.Identity)
            : result is SubmitResult.PreconditionFailed ? ProblemKinds.Unauthenticated.With("The enrolment token has been used.")
            : result is SubmitResult.Duplicate ? ProblemKinds.Unauthenticated.With("The enrolment token has been used; a certificate that did not arrive is not issued again. Make another token.")
            : result.ToProblem();
    }

    private static async Task<IResult> RenewAsync(OriginApi api, Enroller enroller, HttpContext context)
    {
        var (key, problem, _) = await ReadAsync(api, context);
        if (key is null) return problem!;
        if (!enroller.IsAble) return NotAble();
        var caller = context.GetCaller();
        if (context.Request.Headers.Authorization.Count > 0 || context.Request.Headers.ContainsKey(Authentication.OnBehalfOfHeader) || context.Connection.ClientCertificate is not { } current
            || !RealmAuthority.TryRead(current, out var identity, out _) || identity.ToString() != caller.Subject)
            return ProblemKinds.NotAuthorized.With("A certificate is renewed by the certificate itself: connect with it, and without a token.");
        if (caller.Highest < Role.Reader) return ProblemKinds.NotAuthorized.With($"'{caller.Subject}' has no role in the realm.");
        using var issued = enroller.Renew(current, identity, key);
        return Issued(issued, caller.Subject);
    }

    private static async Task<(PublicKey? Key, Problem? Problem, string RequestId)> ReadAsync(OriginApi api, HttpContext context)
    {
        using var call = await Call.ReadAsync(api, context);
        if (call.Body is not { } body) return (null, call.Faults.ToProblem(), call.Id);
        var pem = body.RequiredText("csr");
        body.End();
        if (!CertificateSigningRequest.TryRead(pem, out var key, out var error)) call.Faults.Add("csr", error);
        return call.Faults.Any ? (null, call.Faults.ToProblem(), call.Id) : (key, null, call.Id);
    }

    private static List<string> Texts(ObjectReader reader, string name, Faults faults)
    {
        var texts = reader.Texts(name);
        if (texts.Count > NamesMax) faults.Add(name, $"At most {NamesMax}.");
        return texts;
    }

    private static Microsoft.AspNetCore.Http.HttpResults.JsonHttpResult<CertificateView> Issued(X509Certificate2 certificate, string identity)
    {
        using (certificate)
            return TypedResults.Json(new CertificateView(certificate.ExportCertificatePem(), identity, certificate.NotAfter.ToUniversalTime()), ApiJson.Default.CertificateView, statusCode: StatusCodes.Status201Created);
    }

    private static Problem NotAble() => ProblemKinds.Unavailable.With("This origin issues no certificates: start it with --issue-from, the directory of the realm's authority.");
}
