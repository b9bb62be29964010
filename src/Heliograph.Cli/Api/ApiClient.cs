// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Api;

/// <summary>The REST API as methods (docs/reference/api.md). Reads and keyed changes are retried; failures are <see cref="CommandException"/>s.</summary>
/// <param name="connection">The way to the origin.</param>
/// <param name="overrideFreeze">Why changes of settings are to pass a freeze; <see langword="null"/>: they are not.</param>
internal sealed partial class ApiClient(ApiConnection connection, string? overrideFreeze = null) : IDisposable
{
    private const int PageSize = 1_000;

    /// <summary>Base address of the server.</summary>
    public Uri Server => connection.Server;

    /// <summary>The time that waits are measured by.</summary>
    public TimeProvider Time => connection.Time;

    /// <summary>A key that no other change has.</summary>
    public static string NewIdempotencyKey() => $"helio-{Guid.NewGuid():N}";

    /// <inheritdoc/>
    public void Dispose() => connection.Dispose();

    /// <summary>What the realm is and how far it is.</summary>
    public Task<RealmStatus> GetRealmAsync(CancellationToken cancellationToken) => GetAsync("api/v1", ApiJson.Default.RealmStatus, cancellationToken);

    /// <summary>The realm's trust file, as the server has it.</summary>
    public Task<JsonElement> GetTrustAsync(CancellationToken cancellationToken) => GetAsync("api/v1/trust", ApiJson.Default.JsonElement, cancellationToken);

    private async Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        var call = new ApiCall(HttpMethod.Get, path);
        using var answer = await connection.SendAsync(call, cancellationToken);
        return await ParseAsync(call, answer, type, cancellationToken);
    }

    private async Task<T> SendAsync<T>(ApiCall call, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        if (call.IsChange && overrideFreeze is not null) call = call with { Headers = [.. call.Headers, new("Heliograph-Override-Freeze", overrideFreeze)] };
        using var answer = await connection.SendAsync(call, cancellationToken);
        return await ParseAsync(call, answer, type, cancellationToken);
    }

    private static byte[] Body<T>(T body, JsonTypeInfo<T> type) => JsonSerializer.SerializeToUtf8Bytes(body, type);

    private async Task<T> ParseAsync<T>(ApiCall call, HttpResponseMessage answer, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        var bytes = await answer.Content.ReadAsByteArrayAsync(cancellationToken);
        try
        {
            if (JsonSerializer.Deserialize(bytes, type) is { } value) return value;
        }
        catch (JsonException exception)
        {
            throw NotUnderstood(call, exception.Path);
        }
        throw NotUnderstood(call, null);
    }

    private CommandException NotUnderstood(ApiCall call, string? path) => new(
        call.IsChange ? ExitCode.OutcomeUnknown : ExitCode.Failure,
        $"The server's answer is not understood{(path is null ? "" : $" at {path}")}.",
        $"{call.Method} {new Uri(Server, call.Path)}",
        "Check that the address is that of a Heliograph origin, and its version with 'helio status'.");
}
