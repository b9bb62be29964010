// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Cli.Api;

/// <content>Protected namespaces and change requests.</content>
internal sealed partial class ApiClient
{
    private const string Requests = "api/v1/change-requests";

    /// <summary>Which namespaces need the approval of others.</summary>
    public Task<ProtectionPage> ListProtectionsAsync(CancellationToken cancellationToken) => GetAsync("api/v1/protections", ApiJson.Default.ProtectionPage, cancellationToken);

    /// <summary>Lets changes pass only with the approval of others.</summary>
    public Task<ProtectionView> ProtectAsync(string scope, ProtectionBody body, string idempotencyKey, CancellationToken cancellationToken) =>
        SendAsync(new ApiCall(HttpMethod.Put, ApiCall.PathOf("api/v1/protection", ("scope", scope))) { Body = Body(body, RequestJson.Default.ProtectionBody), IdempotencyKey = idempotencyKey }, ApiJson.Default.ProtectionView, cancellationToken);

    /// <summary>Lifts a protection.</summary>
    public async Task UnprotectAsync(string scope, string message, string idempotencyKey, CancellationToken cancellationToken)
    {
        using var answer = await connection.SendAsync(new ApiCall(HttpMethod.Delete, ApiCall.PathOf("api/v1/protection", ("scope", scope), ("message", message))) { IdempotencyKey = idempotencyKey }, cancellationToken);
    }

    /// <summary>Asks others to approve a change.</summary>
    public Task<ChangeRequestView> RequestChangeAsync(NamespaceName name, ChangeRequestBody body, string idempotencyKey, CancellationToken cancellationToken) =>
        SendAsync(new ApiCall(HttpMethod.Post, PathOf(name, "/change-requests")) { Body = Body(body, RequestJson.Default.ChangeRequestBody), IdempotencyKey = idempotencyKey }, ApiJson.Default.ChangeRequestView, cancellationToken);

    /// <summary>Change requests that the caller may know of.</summary>
    public Task<ChangeRequestPage> ListChangeRequestsAsync(NamespaceName? name, string? status, CancellationToken cancellationToken) =>
        GetAsync(ApiCall.PathOf(Requests, ("namespace", name?.Value), ("status", status)), ApiJson.Default.ChangeRequestPage, cancellationToken);

    /// <summary>One of them, with what it would do now.</summary>
    public Task<ChangeRequestView> GetChangeRequestAsync(string id, CancellationToken cancellationToken) => GetAsync($"{Requests}/{Uri.EscapeDataString(id)}", ApiJson.Default.ChangeRequestView, cancellationToken);

    /// <summary>Consents to it.</summary>
    public Task<ChangeRequestView> ApproveAsync(string id, string idempotencyKey, CancellationToken cancellationToken) =>
        SendAsync(new ApiCall(HttpMethod.Post, $"{Requests}/{Uri.EscapeDataString(id)}/approve") { IdempotencyKey = idempotencyKey }, ApiJson.Default.ChangeRequestView, cancellationToken);

    /// <summary>Closes it without a change.</summary>
    public Task<ChangeRequestView> RejectAsync(string id, string reason, string idempotencyKey, CancellationToken cancellationToken) =>
        SendAsync(new ApiCall(HttpMethod.Post, $"{Requests}/{Uri.EscapeDataString(id)}/reject") { Body = Body(new RejectionBody(reason), RequestJson.Default.RejectionBody), IdempotencyKey = idempotencyKey }, ApiJson.Default.ChangeRequestView, cancellationToken);
}
