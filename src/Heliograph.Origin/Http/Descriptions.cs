// SPDX-License-Identifier: Apache-2.0
using Heliograph.Hosting.Problems;
using Microsoft.AspNetCore.Authorization;
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
    /// <param name="headers">Headers that it understands besides those of every call of its method.</param>
    /// <param name="status">Status of success.</param>
    /// <param name="mediaType">What the answer is.</param>
    public static RouteHandlerBuilder Describe<TAnswer>(this RouteHandlerBuilder endpoint, string name, string summary, string query = "", string headers = "", int status = StatusCodes.Status200OK, string mediaType = "application/json")
    {
        endpoint.WithName(name).WithSummary(summary).WithTags("Heliograph");
        if (status == StatusCodes.Status204NoContent) endpoint.Produces(status);
        else endpoint.Produces<TAnswer>(status, mediaType);
        endpoint.Produces<ProblemView>(StatusCodes.Status400BadRequest, Problem.MediaType);
        return endpoint.AddOpenApiOperationTransformer((operation, context, _) =>
        {
            AddParameters(operation, context, query, headers);
            AddAnswers(operation, context, headers);
            if (IsForEveryone(context)) operation.Security = []; // in place of what the document asks of every call
            return Task.CompletedTask;
        });
    }

    /// <summary>Says what the body is, and how large it may be.</summary>
    public static RouteHandlerBuilder WithBody<TBody>(this RouteHandlerBuilder endpoint, long bytesMax) where TBody : notnull =>
        endpoint.Accepts<TBody>("application/json").WithMetadata(new BodyLimit(bytesMax));

    private static void AddParameters(OpenApiOperation operation, OpenApiOperationTransformerContext context, string query, string headers)
    {
        foreach (var part in (context.Description.RelativePath ?? "").Split('{').Skip(1)) Add(operation, part[..part.IndexOf('}', StringComparison.Ordinal)], ParameterLocation.Path, true);
        foreach (var text in query.Split(' ', StringSplitOptions.RemoveEmptyEntries)) Add(operation, text.TrimEnd('!'), ParameterLocation.Query, text.EndsWith('!'));
        foreach (var text in headers.Split(' ', StringSplitOptions.RemoveEmptyEntries)) Add(operation, text, ParameterLocation.Header, false);
        if (IsForEveryone(context)) return;
        Add(operation, IsRead(context) ? OriginApi.MinRevisionHeader : "Idempotency-Key", ParameterLocation.Header, false);
        if (IsRead(context)) Add(operation, OriginApi.ConsistencyHeader, ParameterLocation.Header, false);
    }

    /// <summary>What every call of its kind may answer; docs/reference/errors.md says when.</summary>
    private static void AddAnswers(OpenApiOperation operation, OpenApiOperationTransformerContext context, string headers)
    {
        var success = operation.Responses!.First(answer => answer.Key.StartsWith('2')).Value;
        if (success is OpenApiResponse told && !IsForEveryone(context))
        {
            told.Headers = new Dictionary<string, IOpenApiHeader> { [OriginApi.RevisionHeader] = HeaderOf("The revision of the log that the answer was read at.") };
            if (headers.Contains("If-None-Match", StringComparison.Ordinal) && IsRead(context))
            {
                told.Headers["ETag"] = HeaderOf("The setting's etag, in quotes.");
                operation.Responses!["304"] = new OpenApiResponse { Description = "The caller has it already." };
            }
        }
        var shape = operation.Responses!["400"].Content![Problem.MediaType];
        foreach (var status in StatusesOf(operation, context, headers))
        {
            var codes = string.Join(", ", ProblemKinds.All.Where(kind => kind.Status == status).Select(kind => kind.Code));
            operation.Responses![$"{status}"] = new OpenApiResponse { Description = codes, Content = new Dictionary<string, OpenApiMediaType> { [Problem.MediaType] = shape } };
        }
    }

    private static IEnumerable<int> StatusesOf(OpenApiOperation operation, OpenApiOperationTransformerContext context, string headers)
    {
        IEnumerable<int> statuses = [400, 408, 421, 500];
        if (!IsForEveryone(context)) statuses = statuses.Concat([401, 403, 404, 503]);
        if (!IsRead(context)) statuses = statuses.Concat([409, 422, 504, 507]);
        if (operation.RequestBody is not null) statuses = statuses.Concat([413, 415]);
        if (operation.OperationId is "change" or "requestChange" or "approveChangeRequest" || (headers.Length > 0 && !IsRead(context))) statuses = statuses.Append(412);
        return statuses.Order();
    }

    private static OpenApiHeader HeaderOf(string meaning) => new() { Description = meaning, Schema = new OpenApiSchema { Type = JsonSchemaType.String } };

    private static bool IsRead(OpenApiOperationTransformerContext context) => context.Description.HttpMethod is "GET";

    private static bool IsForEveryone(OpenApiOperationTransformerContext context) => context.Description.ActionDescriptor.EndpointMetadata.OfType<IAllowAnonymous>().Any();

    private static void Add(OpenApiOperation operation, string name, ParameterLocation place, bool isRequired)
    {
        operation.Parameters ??= [];
        if (operation.Parameters.Any(parameter => parameter.Name == name && parameter.In == place)) return;
        var (schema, meaning) = Parameters.Of(name);
        operation.Parameters.Add(new OpenApiParameter { Name = name, In = place, Required = isRequired, Description = meaning, Schema = schema });
    }

    private sealed class BodyLimit(long bytesMax) : IRequestSizeLimitMetadata
    {
        public long? MaxRequestBodySize => bytesMax;
    }
}
