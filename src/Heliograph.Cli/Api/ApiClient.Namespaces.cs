// SPDX-License-Identifier: Apache-2.0
using System.Runtime.CompilerServices;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Api;

/// <content>Namespaces.</content>
internal sealed partial class ApiClient
{
    /// <summary>Every namespace that the caller may read, page after page.</summary>
    public async IAsyncEnumerable<NamespaceView> ListNamespacesAsync(string? prefix, bool withArchived, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? after = null;
        do
        {
            var page = await GetAsync(ApiCall.PathOf("api/v1/namespaces", ("prefix", prefix), ("archived", withArchived ? "true" : null), ("after", after), ("limit", $"{PageSize}")),
                ApiJson.Default.NamespacePage, cancellationToken);
            foreach (var item in page.Items) yield return item;
            after = page.Next;
        }
        while (after is not null);
    }

    /// <summary>One namespace.</summary>
    public Task<NamespaceView> GetNamespaceAsync(NamespaceName name, CancellationToken cancellationToken) =>
        GetAsync(PathOf(name), ApiJson.Default.NamespaceView, cancellationToken);

    /// <summary>One namespace, or <see langword="null"/> where there is none to be seen.</summary>
    public async Task<NamespaceView?> FindNamespaceAsync(NamespaceName name, CancellationToken cancellationToken)
    {
        try
        {
            return await GetNamespaceAsync(name, cancellationToken);
        }
        catch (CommandException failure) when (failure.Code == ExitCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>Makes a namespace.</summary>
    public Task<NamespaceView> CreateNamespaceAsync(NamespaceName name, string? description, string idempotencyKey, CancellationToken cancellationToken) =>
        SendAsync(new ApiCall(HttpMethod.Post, "api/v1/namespaces")
        {
            Body = Body(new NewNamespace(name.Value, description), RequestJson.Default.NewNamespace),
            IdempotencyKey = idempotencyKey,
        }, ApiJson.Default.NamespaceView, cancellationToken);

    /// <summary>Archives, unarchives or describes a namespace.</summary>
    public Task<NamespaceView> AlterNamespaceAsync(NamespaceName name, NamespacePatch patch, string idempotencyKey, CancellationToken cancellationToken) =>
        SendAsync(new ApiCall(HttpMethod.Patch, PathOf(name)) { Body = Body(patch, RequestJson.Default.NamespacePatch), IdempotencyKey = idempotencyKey },
            ApiJson.Default.NamespaceView, cancellationToken);

    /// <summary>Deletes an archived namespace.</summary>
    public async Task DeleteNamespaceAsync(NamespaceName name, string idempotencyKey, CancellationToken cancellationToken)
    {
        using var answer = await connection.SendAsync(new ApiCall(HttpMethod.Delete, PathOf(name)) { IdempotencyKey = idempotencyKey }, cancellationToken);
    }

    private static string PathOf(NamespaceName name, string below = "") => $"api/v1/namespaces/{name.Value}{below}"; // the grammar needs no escaping
}
