// SPDX-License-Identifier: Apache-2.0
using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Json;

namespace Heliograph.Client.Tests.RealInput;

/// <summary>What .NET's own JSON provider makes of a document: the yardstick.</summary>
internal static class OwnProvider
{
    /// <summary>Keys and values, ordered; keys in upper case, for they are compared without it.</summary>
    public static List<(string Key, string? Value)> Read(string document)
    {
        var configuration = new ConfigurationBuilder().Add(new JsonStreamConfigurationSource { Stream = new MemoryStream(Encoding.UTF8.GetBytes(document)) }).Build();
        using (configuration as IDisposable) return Read(configuration);
    }

    /// <summary>What a reader of a configuration sees, in the same form. Only keys that hold something, even if it is <see langword="null"/>.</summary>
    public static List<(string Key, string? Value)> Read(IConfigurationRoot configuration)
    {
        var found = new List<(string, string?)>();
        foreach (var (key, value) in configuration.AsEnumerable())
            if (configuration.Providers.Any(provider => provider.TryGet(key, out _))) found.Add((key.ToUpperInvariant(), value));
        return Ordered(found);
    }

    public static List<(string Key, string? Value)> Ordered(IEnumerable<(string Key, string? Value)> entries) => [.. entries.OrderBy(entry => entry.Key, StringComparer.Ordinal)];
}
