// SPDX-License-Identifier: Apache-2.0
using Heliograph.Cli.Api;
using Heliograph.Client.Configuration.Json;

namespace Heliograph.Cli.Import;

/// <summary>Settings of one label as keys and texts, exactly as a client sees them: <c>True</c> for JSON's <c>true</c>, a key for each leaf of a JSON value.</summary>
internal static class FlatText
{
    /// <summary>The texts, ordered by key, and how many of them stand for a null or an empty object.</summary>
    /// <exception cref="ImportException">Two keys are one to configuration, or a value says that it is JSON and is not.</exception>
    public static (IReadOnlyList<KeyValuePair<string, string>> Texts, int Nulls) Of(IReadOnlyList<SettingView> settings, string name)
    {
        var texts = new SortedDictionary<string, (string Key, string Value)>(StringComparer.OrdinalIgnoreCase);
        var (faults, nulls) = (new List<string>(), 0);
        foreach (var setting in settings)
        {
            IReadOnlyList<KeyValuePair<string, string?>> entries = [new(setting.Key, setting.Value)];
            if (JsonFlattening.IsJson(setting.ContentType) && !JsonFlattening.TryFlatten(setting.Key, setting.Value, out entries)) faults.Add($"'{setting.Key}' says that it is JSON and is not.");
            foreach (var (key, value) in entries)
            {
                if (!texts.TryAdd(key, (key, value ?? ""))) faults.Add($"'{texts[key].Key}' and '{key}' are one configuration key; the default format keeps both.");
                else if (value is null) nulls++;
            }
        }
        return faults.Count == 0 ? ([.. texts.Values.Select(text => new KeyValuePair<string, string>(text.Key, text.Value))], nulls) : throw new ImportException(name, faults);
    }
}
