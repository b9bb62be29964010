// SPDX-License-Identifier: Apache-2.0
using Heliograph.Cli.Import;
using Heliograph.Client.Configuration.Json;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace Heliograph.Cli.Tests.Import;

/// <summary>What .NET's own JSON provider makes of a document, to compare with.</summary>
internal static class DotNetView
{
    /// <summary>Keys and values, keys compared as configuration compares them.</summary>
    public static SortedDictionary<string, string?> Of(byte[] document)
    {
        using var stream = new MemoryStream(document);
        var provider = new ConfigurationBuilder().AddJsonStream(stream).Build().Providers.Single();
        var view = new SortedDictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        Collect(provider, null, view);
        return view;
    }

    /// <summary>What the client's configuration provider makes of imported settings.</summary>
    public static SortedDictionary<string, string?> Of(IEnumerable<ImportedSetting> settings)
    {
        var view = new SortedDictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (var setting in settings)
        {
            if (!JsonFlattening.IsJson(setting.ContentType)) view.Add(setting.Key.Key, setting.Value);
            else if (!JsonFlattening.TryFlatten(setting.Key.Key, setting.Value, out var entries)) Assert.Fail($"'{setting.Key}' is no JSON.");
            else
                foreach (var (key, value) in entries) view.Add(key, value);
        }
        return view;
    }

    private static void Collect(IConfigurationProvider provider, string? parent, SortedDictionary<string, string?> view)
    {
        foreach (var child in provider.GetChildKeys([], parent).Distinct(StringComparer.OrdinalIgnoreCase))
        {
            var path = parent is null ? child : ConfigurationPath.Combine(parent, child);
            if (provider.TryGet(path, out var value)) view[path] = value;
            Collect(provider, path, view);
        }
    }
}
