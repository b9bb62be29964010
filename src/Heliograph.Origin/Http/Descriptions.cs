// SPDX-License-Identifier: Apache-2.0
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Heliograph.Origin.Http;

/// <summary>What /openapi/v1.json says of an endpoint.</summary>
internal static class Descriptions
{
    /// <summary>Describes an endpoint.</summary>
    /// <typeparam name="TAnswer">Shape of the answer.</typeparam>
    /// <param name="endpoint">Which.</param>
    /// <param name="name">Its operation id.</param>
    /// <param name="summary">What it does.</param>
    /// <param name="query">Its query parameters: names, each with a <c>!</c> behind it if it must be there.</param>
    /// <param name="status">Status of success.</param>
    /// <param name="mediaType">What the answer is.</param>
    public static RouteHandlerBuilder Describe<TAnswer>(this RouteHandlerBuilder endpoint, string name, string summary, string query = "", int status = StatusCodes.Status200OK, string mediaType = "application/json")
    {
        endpoint.WithName(name).WithSummary(summary);
        if (status == StatusCodes.Status204NoContent) endpoint.Produces(status);
        else endpoint.Produces<TAnswer>(status, mediaType);
        endpoint.Produces<ProblemView>(StatusCodes.Status400BadRequest, Hosting.Problems.Problem.MediaType);
        return endpoint.AddOpenApiOperationTransformer((operation, context, _) =>
        {
            foreach (var text in query.Split(' ', StringSplitOptions.RemoveEmptyEntries)) Add(operation, text.TrimEnd('!'), ParameterLocation.Query, text.EndsWith('!'));
            if (context.Description.HttpMethod is "GET") Add(operation, OriginApi.MinRevisionHeader, ParameterLocation.Header, false);
            else Add(operation, "Idempotency-Key", ParameterLocation.Header, false);
            return Task.CompletedTask;
        });
    }

    /// <summary>Says what the body is, and how large it may be.</summary>
    public static RouteHandlerBuilder WithBody<TBody>(this RouteHandlerBuilder endpoint, long bytesMax) where TBody : notnull =>
        endpoint.Accepts<TBody>("application/json").WithMetadata(new BodyLimit(bytesMax));

    private static void Add(OpenApiOperation operation, string name, ParameterLocation place, bool isRequired)
    {
        operation.Parameters ??= [];
        if (operation.Parameters.Any(parameter => parameter.Name == name)) return;
        operation.Parameters.Add(new OpenApiParameter { Name = name, In = place, Required = isRequired, Schema = new OpenApiSchema { Type = JsonSchemaType.String } });
    }

    private sealed class BodyLimit(long bytesMax) : IRequestSizeLimitMetadata
    {
        public long? MaxRequestBodySize => bytesMax;
    }
}
