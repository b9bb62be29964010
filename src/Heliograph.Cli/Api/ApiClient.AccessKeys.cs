// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Cli.Api;

/// <content>Access keys.</content>
internal sealed partial class ApiClient
{
    /// <summary>Makes an access key. Sent once: an unanswered call may have made one that nobody has seen.</summary>
    public Task<CreatedAccessKey> CreateAccessKeyAsync(NamespaceName name, string access, CancellationToken cancellationToken) =>
        SendAsync(new ApiCall(HttpMethod.Post, "api/v1/access-keys") { Body = Body(new NewAccessKey(name.Value, access), RequestJson.Default.NewAccessKey) },
            ApiJson.Default.CreatedAccessKey, cancellationToken);

    /// <summary>Every access key's id and what it opens; never a secret.</summary>
    public Task<AccessKeyPage> ListAccessKeysAsync(CancellationToken cancellationToken) => GetAsync("api/v1/access-keys", ApiJson.Default.AccessKeyPage, cancellationToken);

    /// <summary>Gives an access key a new secret. Sent once: an unanswered call may have made one that nobody has seen.</summary>
    public Task<CreatedAccessKey> RotateAccessKeyAsync(string id, bool endBoth, CancellationToken cancellationToken) =>
        SendAsync(new ApiCall(HttpMethod.Post, $"api/v1/access-keys/{Uri.EscapeDataString(id)}/rotate") { Body = Body(new AccessKeyRotation(endBoth), RequestJson.Default.AccessKeyRotation) },
            ApiJson.Default.CreatedAccessKey, cancellationToken);

    /// <summary>Ends an access key.</summary>
    public async Task RevokeAccessKeyAsync(string id, string idempotencyKey, CancellationToken cancellationToken)
    {
        using var answer = await connection.SendAsync(new ApiCall(HttpMethod.Delete, $"api/v1/access-keys/{Uri.EscapeDataString(id)}") { IdempotencyKey = idempotencyKey }, cancellationToken);
    }
}
