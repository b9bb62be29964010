// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Cli.Api;

/// <content>Pins.</content>
internal sealed partial class ApiClient
{
    /// <summary>Every pin that the caller may know of.</summary>
    public Task<PinPage> ListPinsAsync(CancellationToken cancellationToken) => GetAsync("api/v1/pins", ApiJson.Default.PinPage, cancellationToken);

    /// <summary>Holds a namespace at the content of an old revision, or says what that would change.</summary>
    public Task<ChangeView> PinAsync(NamespaceName name, NewPin pin, bool dryRun, string idempotencyKey, CancellationToken cancellationToken) =>
        SendAsync(new ApiCall(HttpMethod.Put, ApiCall.PathOf(PathOf(name, "/pin"), ("dryRun", dryRun ? "true" : null))) { Body = Body(pin, RequestJson.Default.NewPin), IdempotencyKey = idempotencyKey },
            ApiJson.Default.ChangeView, cancellationToken);

    /// <summary>Releases a pin, or says what that would change.</summary>
    public Task<ChangeView> UnpinAsync(NamespaceName name, bool restore, string? message, string? expectedRevision, bool dryRun, string idempotencyKey, CancellationToken cancellationToken) =>
        SendAsync(new ApiCall(HttpMethod.Delete, ApiCall.PathOf(PathOf(name, "/pin"),
                ("restore", restore ? "true" : null), ("message", message), ("expectedRevision", expectedRevision), ("dryRun", dryRun ? "true" : null))) { IdempotencyKey = idempotencyKey },
            ApiJson.Default.ChangeView, cancellationToken);
}
