// SPDX-License-Identifier: Apache-2.0
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Api;

/// <summary>Every setting asked for, all at one revision of the log.</summary>
/// <param name="Items">Ordered by key, then label.</param>
/// <param name="Revision">The namespace's revision.</param>
/// <param name="StateRoot">The namespace's state root.</param>
internal sealed record SettingsAtOnce(IReadOnlyList<SettingView> Items, string? Revision, string? StateRoot);

/// <content>Settings and changes.</content>
internal sealed partial class ApiClient
{
    /// <summary>Reads all pages at the revision of the first one, so that a change in between cannot mix two states.</summary>
    /// <param name="name">Where.</param>
    /// <param name="prefix">Keys that begin so, or <see langword="null"/> for all.</param>
    /// <param name="label">That label, the empty text for settings without one, <see langword="null"/> for all.</param>
    /// <param name="at">A revision of the log, or <see langword="null"/> for the newest.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    public async Task<SettingsAtOnce> ListSettingsAsync(NamespaceName name, string? prefix, string? label, string? at, CancellationToken cancellationToken)
    {
        var items = new List<SettingView>();
        SettingPage page;
        string? after = null;
        do
        {
            var call = new ApiCall(HttpMethod.Get, ApiCall.PathOf(PathOf(name, "/settings"),
                ("prefix", prefix), ("label", label), ("at", at), ("after", after), ("limit", $"{PageSize}")));
            using var answer = await connection.SendAsync(call, cancellationToken);
            page = await ParseAsync(call, answer, ApiJson.Default.SettingPage, cancellationToken);
            at ??= answer.Headers.TryGetValues("Heliograph-Revision", out var read) ? read.First() : null;
            items.AddRange(page.Items);
            after = page.Next;
        }
        while (after is not null);
        return new(items, page.Revision, page.StateRoot);
    }

    /// <summary>One setting.</summary>
    public Task<SettingView> GetSettingAsync(NamespaceName name, SettingKey key, string? at, CancellationToken cancellationToken) =>
        GetAsync(ApiCall.PathOf(PathOf(name, "/setting"), ("key", key.Key), ("label", key.Label), ("at", at)), ApiJson.Default.SettingView, cancellationToken);

    /// <summary>Creates or replaces one setting.</summary>
    public Task<ChangeView> PutSettingAsync(NamespaceName name, SettingKey key, SettingBody body, KeyValuePair<string, string>? condition, string idempotencyKey, CancellationToken cancellationToken) =>
        SendAsync(new ApiCall(HttpMethod.Put, ApiCall.PathOf(PathOf(name, "/setting"), ("key", key.Key), ("label", key.Label)))
        {
            Body = Body(body, RequestJson.Default.SettingBody),
            Headers = condition is { } header ? [header] : [],
            IdempotencyKey = idempotencyKey,
        }, ApiJson.Default.ChangeView, cancellationToken);

    /// <summary>Removes one setting.</summary>
    public Task<ChangeView> DeleteSettingAsync(NamespaceName name, SettingKey key, string? message, KeyValuePair<string, string>? condition, string idempotencyKey, CancellationToken cancellationToken) =>
        SendAsync(new ApiCall(HttpMethod.Delete, ApiCall.PathOf(PathOf(name, "/setting"), ("key", key.Key), ("label", key.Label), ("message", message)))
        {
            Headers = condition is { } header ? [header] : [],
            IdempotencyKey = idempotencyKey,
        }, ApiJson.Default.ChangeView, cancellationToken);

    /// <summary>Applies a changeset, or says what it would do.</summary>
    public Task<ChangeView> ChangeAsync(NamespaceName name, ChangeBody body, bool dryRun, string idempotencyKey, CancellationToken cancellationToken) =>
        SendAsync(new ApiCall(HttpMethod.Post, ApiCall.PathOf(PathOf(name, "/changes"), ("dryRun", dryRun ? "true" : null)))
        {
            Body = Body(body, RequestJson.Default.ChangeBody),
            IdempotencyKey = idempotencyKey,
        }, ApiJson.Default.ChangeView, cancellationToken);

    /// <summary>Makes the content of an old revision the newest, or says what that would do.</summary>
    public Task<ChangeView> RollBackAsync(NamespaceName name, RollbackBody body, bool dryRun, string idempotencyKey, CancellationToken cancellationToken) =>
        SendAsync(new ApiCall(HttpMethod.Post, ApiCall.PathOf(PathOf(name, "/rollback"), ("dryRun", dryRun ? "true" : null)))
        {
            Body = Body(body, RequestJson.Default.RollbackBody),
            IdempotencyKey = idempotencyKey,
        }, ApiJson.Default.ChangeView, cancellationToken);

    /// <summary>One page of a namespace's history, newest first.</summary>
    public Task<HistoryPage> GetHistoryAsync(NamespaceName name, string? key, string? label, string? before, int limit, TimeSpan? since, CancellationToken cancellationToken) =>
        GetAsync(ApiCall.PathOf(PathOf(name, "/history"), ("key", key), ("label", label), ("before", before), ("limit", $"{limit}"), ("sinceSeconds", Seconds(since))), ApiJson.Default.HistoryPage, cancellationToken);

    /// <summary>One page of the history of all namespaces that the caller may read, newest first.</summary>
    public Task<HistoryPage> GetRealmHistoryAsync(string? prefix, string? before, int limit, TimeSpan? since, CancellationToken cancellationToken) =>
        GetAsync(ApiCall.PathOf("api/v1/history", ("prefix", prefix), ("before", before), ("limit", $"{limit}"), ("sinceSeconds", Seconds(since))), ApiJson.Default.HistoryPage, cancellationToken);

    private static string? Seconds(TimeSpan? since) => since is { } span ? FormattableString.Invariant($"{Math.Ceiling(span.TotalSeconds):0}") : null;

    /// <summary>What changed from one revision to another.</summary>
    public Task<DiffView> GetDiffAsync(NamespaceName name, string from, string? to, CancellationToken cancellationToken) =>
        GetAsync(ApiCall.PathOf(PathOf(name, "/diff"), ("from", from), ("to", to)), ApiJson.Default.DiffView, cancellationToken);
}
