// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Heliograph.Origin.Http;

/// <summary>What a call says, read strictly: its query, its idempotency key, its JSON body. What is wrong with any of them is collected, so that all of it is told at once.</summary>
internal sealed class Call : IDisposable
{
    private JsonDocument? _document;

    private Call(OriginApi api, HttpContext context, ReadOnlySpan<string> parameters)
    {
        Query = new(context, Faults, parameters);
        Id = api.RequestId(context, Faults);
    }

    /// <summary>What is wrong so far.</summary>
    public Faults Faults { get; } = new();

    /// <summary>The query.</summary>
    public QueryReader Query { get; }

    /// <summary>The idempotency key, or an id of our own where there is none.</summary>
    public string Id { get; }

    /// <summary>The body; <see langword="null"/> if it is no JSON object, with a fault, or if the call has none.</summary>
    public ObjectReader? Body { get; private set; }

    /// <summary>A call without a body, with these query parameters; others are faults.</summary>
    public static Call Of(OriginApi api, HttpContext context, params ReadOnlySpan<string> parameters) => new(api, context, parameters);

    /// <summary>A call with a body, read whole. The caller disposes it.</summary>
    /// <inheritdoc cref="BodyReader.ReadAsync" path="/exception"/>
    public static Task<Call> ReadAsync(OriginApi api, HttpContext context, params ReadOnlySpan<string> parameters) => ReadBodyAsync(new(api, context, parameters), context);

    /// <inheritdoc/>
    public void Dispose() => _document?.Dispose();

    private static async Task<Call> ReadBodyAsync(Call call, HttpContext context)
    {
        call._document = await BodyReader.ReadAsync(context, call.Faults);
        if (call._document is { } document) call.Body = new(document.RootElement, "", call.Faults);
        return call;
    }
}
