// SPDX-License-Identifier: Apache-2.0
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;

namespace Heliograph.Origin.Http;

/// <summary>The machine-readable contract at /openapi/v1.json, as a whole.</summary>
internal static class Contract
{
    private const string Bearer = "token", Certificate = "certificate";

    /// <summary>Adds the contract to the application's services.</summary>
    public static IServiceCollection AddContract(this IServiceCollection services)
    {
        // The API takes numbers as JSON numbers only, and the contract says so.
        services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, ApiJson.Default);
            json.SerializerOptions.NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.Strict;
        });
        return services.AddOpenApi("v1", options =>
        {
            options.ShouldInclude = description => description.HttpMethod != HttpMethods.Head; // it goes without saying
            options.AddDocumentTransformer((document, _, _) =>
            {
                Describe(document);
                return Task.CompletedTask;
            });
        });
    }

    private static void Describe(OpenApiDocument document)
    {
        document.Info = new()
        {
            Title = "Heliograph",
            Version = "v1",
            Description = "Errors are application/problem+json. What they and the limits mean is in docs/reference.",
            License = new() { Name = "Apache-2.0", Identifier = "Apache-2.0" },
        };
        document.AddComponent(Bearer, new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "An API token." });
        document.AddComponent(Certificate, new OpenApiSecurityScheme { Type = SecuritySchemeType.MutualTLS, Description = "A client certificate of the realm." });
        document.Security =
        [
            new() { [new OpenApiSecuritySchemeReference(Bearer, document)] = [] },
            new() { [new OpenApiSecuritySchemeReference(Certificate, document)] = [] },
        ];
    }
}
