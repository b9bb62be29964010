// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.AppConfiguration.Http;

/// <summary>Which resources there are, and what can be done with them.</summary>
internal static class Routes
{
    /// <summary>Whether a target names a resource of the contract.</summary>
    public static bool AreKnown(RequestTarget target) => (target.Route, target.Name) switch
    {
        ("kv" or "snapshots", _) => true,
        ("keys" or "labels" or "revisions" or "operations", null) => true,
        ("locks", not null) => true,
        _ => false,
    };

    /// <summary>The <c>Allow</c> header of a resource.</summary>
    public static string Allowed(RequestTarget target) => (target.Route, target.Name) switch
    {
        ("kv", not null) => "GET, HEAD, PUT, DELETE",
        ("locks", _) => "PUT, DELETE",
        ("snapshots", not null) => "GET, HEAD, PUT, PATCH",
        ("operations", _) => "GET",
        _ => "GET, HEAD",
    };
}
