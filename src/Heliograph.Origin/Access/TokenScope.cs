// SPDX-License-Identifier: Apache-2.0
using System.Net;
using Heliograph.Core.Access;

namespace Heliograph.Origin.Access;

/// <summary>What a token is bound to: it never gives more than its subject has, and may give less.</summary>
internal static class TokenScope
{
    /// <summary>Most namespaces, and most networks, that a token names.</summary>
    public const int ItemsMax = 50;

    private static readonly string[] s_everything = ["*", "heliograph.*"];

    /// <summary>The roles that a token allows, to be met by those of its subject; <see langword="null"/>: all.</summary>
    public static SubjectRoles? Of(TokenRecord record)
    {
        if (record.Role is null && record.Namespaces is null) return null;
        var role = RoleOf(record.Role) ?? Role.Admin;
        return new([.. (record.Namespaces ?? s_everything).Select(pattern => new RoleBinding("*", role, pattern))]);
    }

    /// <summary>Whether a token is taken from an address.</summary>
    public static bool Takes(TokenRecord record, IPAddress? from)
    {
        if (record.Networks is null) return true;
        if (from is null) return false;
        var address = from.IsIPv4MappedToIPv6 ? from.MapToIPv4() : from;
        return record.Networks.Any(text => TryReadNetwork(text, out var network) && network.Contains(address));
    }

    /// <summary>Whether a record binds its token in words that are understood here: one that is not understood opens nothing.</summary>
    public static bool IsSound(TokenRecord record) =>
        (record.Role is null || RoleOf(record.Role) is not null) && (record.Namespaces ?? []).All(IsPattern) && (record.Networks ?? []).All(IsNetwork);

    /// <summary>Whether a text is a name, a prefix ending in <c>.*</c>, or <c>*</c>.</summary>
    public static bool IsPattern(string text) => text == "*" || NamespaceName.TryParse(text.EndsWith(".*", StringComparison.Ordinal) ? text[..^2] : text, out _, out _);

    /// <summary>Whether a text is a network as it is written: <c>10.0.0.0/8</c>, <c>2001:db8::/32</c>. One with bits behind its prefix may be an address whose owner meant it alone, and is none.</summary>
    public static bool IsNetwork(string text) => TryReadNetwork(text, out _);

    private static bool TryReadNetwork(string text, out IPNetwork network) =>
        IPNetwork.TryParse(text, out network) && network.ToString().Equals(text, StringComparison.OrdinalIgnoreCase); // the parser takes 10.0.0.1/8 for 10.0.0.0/8, and 010.0.0.0/8 for 8.0.0.0/8

    /// <summary>A role by its name; <see langword="null"/> if there is none.</summary>
    public static Role? RoleOf(string? name) => name switch { "reader" => Role.Reader, "author" => Role.Author, "operator" => Role.Operator, "admin" => Role.Admin, _ => null };
}
