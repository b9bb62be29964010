// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Cli.Api;

/// <content>Freezes.</content>
internal sealed partial class ApiClient
{
    /// <summary>Everything that is frozen and that the caller may know of.</summary>
    public Task<FreezePage> ListFreezesAsync(CancellationToken cancellationToken) => GetAsync("api/v1/freezes", ApiJson.Default.FreezePage, cancellationToken);

    /// <summary>Stops changes to a namespace, or for <see langword="null"/> to all.</summary>
    public Task<FreezeView> FreezeAsync(NamespaceName? name, string reason, string idempotencyKey, CancellationToken cancellationToken) =>
        SendAsync(new ApiCall(HttpMethod.Put, ApiCall.PathOf("api/v1/freeze", ("namespace", name?.Value))) { Body = Body(new NewFreeze(reason), RequestJson.Default.NewFreeze), IdempotencyKey = idempotencyKey },
            ApiJson.Default.FreezeView, cancellationToken);

    /// <summary>Lets changes pass again.</summary>
    public async Task UnfreezeAsync(NamespaceName? name, string idempotencyKey, CancellationToken cancellationToken)
    {
        using var answer = await connection.SendAsync(new ApiCall(HttpMethod.Delete, ApiCall.PathOf("api/v1/freeze", ("namespace", name?.Value))) { IdempotencyKey = idempotencyKey }, cancellationToken);
    }
}
