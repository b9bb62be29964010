// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Cli.Api;

/// <summary>An enrolment token to be made.</summary>
internal sealed record NewEnrolment(string Identity, IReadOnlyList<string> Dns, IReadOnlyList<string> Addresses);

/// <summary>An enrolment token that was made.</summary>
internal sealed record CreatedEnrolment(string Token, string Identity, DateTimeOffset ExpiresAt);

/// <content>Tokens.</content>
internal sealed partial class ApiClient
{
    /// <summary>Makes a token. Sent once: an unanswered call may have made one that nobody has seen.</summary>
    public Task<CreatedToken> CreateTokenAsync(NewToken token, CancellationToken cancellationToken) =>
        SendAsync(new ApiCall(HttpMethod.Post, "api/v1/tokens") { Body = Body(token, RequestJson.Default.NewToken) },
            ApiJson.Default.CreatedToken, cancellationToken);

    /// <summary>Makes an enrolment token. Sent once: an unanswered call may have made one that nobody has seen.</summary>
    public Task<CreatedEnrolment> CreateEnrolmentTokenAsync(string identity, IReadOnlyList<string> dns, IReadOnlyList<string> addresses, CancellationToken cancellationToken) =>
        SendAsync(new ApiCall(HttpMethod.Post, "api/v1/enrolment-tokens") { Body = Body(new NewEnrolment(identity, dns, addresses), RequestJson.Default.NewEnrolment) },
            ApiJson.Default.CreatedEnrolment, cancellationToken);

    /// <summary>Every token's id and subject; never the token.</summary>
    public Task<TokenPage> ListTokensAsync(CancellationToken cancellationToken) => GetAsync("api/v1/tokens", ApiJson.Default.TokenPage, cancellationToken);

    /// <summary>Ends a token.</summary>
    public async Task RevokeTokenAsync(string id, string idempotencyKey, CancellationToken cancellationToken)
    {
        using var answer = await connection.SendAsync(new ApiCall(HttpMethod.Delete, $"api/v1/tokens/{Uri.EscapeDataString(id)}") { IdempotencyKey = idempotencyKey }, cancellationToken);
    }
}
