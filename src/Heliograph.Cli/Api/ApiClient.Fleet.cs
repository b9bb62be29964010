// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Cli.Api;

/// <content>The fleet.</content>
internal sealed partial class ApiClient
{
    /// <summary>How long the origin holds one call of <see cref="WaitForFleetAsync"/> at most.</summary>
    public static TimeSpan WaitMax { get; } = TimeSpan.FromSeconds(60);

    /// <summary>Who runs what: one namespace, or all.</summary>
    public Task<FleetView> GetFleetAsync(NamespaceName? name, CancellationToken cancellationToken) =>
        GetAsync(ApiCall.PathOf("api/v1/fleet", ("namespace", name?.Value)), ApiJson.Default.FleetView, cancellationToken);

    /// <summary>Waits at the origin until a share of the connected instances has applied a revision, or the time is over.</summary>
    /// <param name="name">Where.</param>
    /// <param name="revision">What they must have applied.</param>
    /// <param name="percent">Above 0, to 100.</param>
    /// <param name="seconds">1 to 60.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    public Task<FleetWait> WaitForFleetAsync(NamespaceName name, string revision, double percent, int seconds, CancellationToken cancellationToken) =>
        SendAsync(new ApiCall(HttpMethod.Get, ApiCall.PathOf("api/v1/fleet/wait", ("namespace", name.Value), ("revision", revision),
            ("percent", FormattableString.Invariant($"{percent:0.####}")), ("timeoutSeconds", $"{seconds}")))
        {
            HeldByServer = TimeSpan.FromSeconds(seconds),
        }, ApiJson.Default.FleetWait, cancellationToken);

    /// <summary>Which value an instance runs with, and why not a newer one.</summary>
    public Task<ExplainView> ExplainAsync(string instance, NamespaceName name, SettingKey key, CancellationToken cancellationToken) =>
        GetAsync(ApiCall.PathOf("api/v1/explain", ("instance", instance), ("namespace", name.Value), ("key", key.Key), ("label", key.Label)),
            ApiJson.Default.ExplainView, cancellationToken);
}
