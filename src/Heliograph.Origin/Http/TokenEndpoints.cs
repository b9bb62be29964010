// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Access;
using Heliograph.Core.Sequencing;
using Heliograph.Hosting.Problems;
using Heliograph.Origin.Access;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Heliograph.Origin.Http;

/// <summary>API tokens: made, listed, ended. For admins of <c>heliograph.credentials</c>.</summary>
internal static class TokenEndpoints
{
    private const int DaysMax = 3_650, DaysDefault = 90;
    private const long BodyBytesMax = 64 << 10;

    public static void Map(IEndpointRouteBuilder routes, OriginApi api, TokenUse use)
    {
        routes.Post("/tokens", api, CreateAsync).WithBody<NewToken>(BodyBytesMax).Describe<NewTokenView>("createToken", "Makes a token. It is shown once.", status: StatusCodes.Status201Created);
        routes.Get("/tokens", api, (_, context) => ListAsync(api, use, context)).Describe<Page<TokenView>>("listTokens", "Tokens without their secrets.");
        routes.Delete("/tokens/{id}", api, DeleteAsync).Describe<object>("deleteToken", "Ends a token.", status: StatusCodes.Status204NoContent);
    }

    private static async Task<IResult> CreateAsync(OriginApi api, HttpContext context)
    {
        using var call = await Call.ReadAsync(api, context);
        if (call.Body is not { } body) return call.Faults.ToProblem();
        var (subject, days) = (body.RequiredText("subject"), body.Number("expiresInDays", 1, DaysMax) ?? DaysDefault);
        var (role, namespaces, networks) = (body.Text("role"), Items(body, "namespaces", TokenScope.IsPattern, "This is no name, no prefix ending in '.*', and not '*'.", call.Faults), Items(body, "networks", TokenScope.IsNetwork, "Write a network as 10.0.0.0/8 or 2001:db8::/32: in its shortest form, without bits behind the prefix.", call.Faults));
        body.End();
        call.Faults.AddIf("subject", SubjectFault(subject));
        if (role is not null && TokenScope.RoleOf(role) is null) call.Faults.Add("role", "A role is reader, author, operator or admin.");
        if (call.Faults.Any) return call.Faults.ToProblem();
        if (Refusal(context) is { } refusal) return refusal;
        var (token, now) = (ApiToken.Create(), api.Time.GetUtcNow());
        var record = new TokenRecord(token.SecretHash.ToString(), subject, now, now.AddDays(days)) { Role = role, Namespaces = namespaces, Networks = networks };
        var result = await SubmitAsync(api, context, new SettingOperation.Put(record.ToSetting(token.Id), new Precondition.Absent()), $"Token {token.Id} for {subject}.", call.Id);
        return result is SubmitResult.Committed
            ? TypedResults.Json(new NewTokenView(token.Id, token.Reveal(), subject, record.ExpiresAt), ApiJson.Default.NewTokenView, statusCode: StatusCodes.Status201Created)
            : result.ToProblem();
    }

    private static Task<IResult> ListAsync(OriginApi api, TokenUse use, HttpContext context)
    {
        var faults = new Faults();
        _ = new QueryReader(context, faults);
        if (faults.Any) return Task.FromResult<IResult>(faults.ToProblem());
        if (Refusal(context) is { } refusal) return Task.FromResult<IResult>(refusal);
        var views = api.Credentials.Tokens.OrderBy(token => token.Value.Record.CreatedAt).ThenBy(token => token.Key, StringComparer.Ordinal)
            .Select(token => new TokenView(token.Key, token.Value.Record.Subject, token.Value.Record.CreatedAt, token.Value.Record.ExpiresAt, use.Of(token.Key), token.Value.Record.Role, token.Value.Record.Namespaces, token.Value.Record.Networks));
        return Task.FromResult<IResult>(TypedResults.Json(new Page<TokenView>([.. views], null), ApiJson.Default.TokenPage));
    }

    private static async Task<IResult> DeleteAsync(OriginApi api, HttpContext context)
    {
        var call = Call.Of(api, context);
        if (call.Faults.Any) return call.Faults.ToProblem();
        if (Refusal(context) is { } refusal) return refusal;
        if (!SettingKey.TryCreate(TokenRecord.KeyPrefix + context.Request.RouteValues["id"], null, out var key, out _)) return NoSuchToken();
        var result = await SubmitAsync(api, context, new SettingOperation.Delete(key, new Precondition.Exists()), $"Token {key.Key[TokenRecord.KeyPrefix.Length..]} ended.", call.Id);
        return result switch
        {
            SubmitResult.Committed or SubmitResult.Duplicate => TypedResults.NoContent(),
            SubmitResult.PreconditionFailed => NoSuchToken(),
            _ => result.ToProblem(),
        };
    }

    private static Task<SubmitResult> SubmitAsync(OriginApi api, HttpContext context, SettingOperation operation, string message, string id) =>
        api.SubmitAsync(context, new Submission.Change(new Changeset(NamespaceName.Credentials, [operation], message), context.GetCaller().Subject, id) { IsByOrigin = true });

    private static Problem? Refusal(HttpContext context) =>
        context.GetCaller() is { MayManageTokens: false } caller ? ProblemKinds.NotAuthorized.With($"'{caller.Subject}' is not an admin of '{NamespaceName.Credentials}'.") : null;

    /// <summary>Texts that bind the token; <see langword="null"/> if none are given.</summary>
    private static List<string>? Items(ObjectReader reader, string name, Predicate<string> isSound, string otherwise, Faults faults)
    {
        var items = reader.Texts(name);
        if (items.Count > TokenScope.ItemsMax) faults.Add(name, $"At most {TokenScope.ItemsMax}.");
        for (var i = 0; i < items.Count; i++)
            if (!isSound(items[i])) faults.Add($"{name}[{i}]", otherwise);
        return items.Count == 0 ? null : items;
    }

    private static Problem NoSuchToken() => ProblemKinds.NotFound.With("There is no token of that id.");

    private static string? SubjectFault(string subject) =>
        subject.Length == 0 ? "A subject must not be empty."
        : subject.Contains('*', StringComparison.Ordinal) ? "A token's subject holds no '*': that is for roles."
        : subject.StartsWith("spiffe://", StringComparison.Ordinal) || subject == "local" || subject.StartsWith("local:", StringComparison.Ordinal) ? "This subject is proven by a certificate or by the host, never by a token."
        : TextRules.Fault("subject", subject, RoleBinding.SubjectCharsMax);
}
