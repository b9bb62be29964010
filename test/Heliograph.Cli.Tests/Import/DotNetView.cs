// SPDX-License-Identifier: Apache-2.0
using System.Text;
using Heliograph.Cli.Import;
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

    /// <summary>The same for settings: plain values as they are; JSON values as the provider reads them in their place, which is what a client must make of them.</summary>
    public static SortedDictionary<string, string?> Of(IEnumerable<ImportedSetting> settings)
    {
        var view = new SortedDictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (var setting in settings)
        {
            if (setting.ContentType is null)
            {
                view.Add(setting.Key.Key, setting.Value);
                continue;
            }
            Assert.Equal(JsonSettings.JsonContentType, setting.ContentType);
            foreach (var (path, value) in Of(Encoding.UTF8.GetBytes($$"""{"v":{{setting.Value}}}"""))) view.Add(setting.Key.Key + path["v".Length..], value);
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
