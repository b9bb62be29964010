// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Cli.Api;

/// <summary>A line of an audit chain: its hash, and its JSON as it stands in the origin's file.</summary>
internal sealed record AuditItem(string Hash, string Record);

/// <summary>Consecutive lines, and what is newest in the chain.</summary>
internal sealed record AuditPage(string Chain, IReadOnlyList<AuditItem> Items, string? Next, long Last, string LastHash);

/// <content>The audit log.</content>
internal sealed partial class ApiClient
{
    /// <summary>Lines of a chain after a record's number.</summary>
    public Task<AuditPage> GetAuditAsync(string chain, long after, int limit, CancellationToken cancellationToken) =>
        GetAsync($"api/v1/audit?chain={chain}&after={after}&limit={limit}", ApiJson.Default.AuditPage, cancellationToken);
}
