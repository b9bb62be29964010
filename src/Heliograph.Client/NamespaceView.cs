// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Heliograph.Client.Views;
using Heliograph.Core.Merkle;
using Heliograph.Core.Replicas;

namespace Heliograph.Client;

/// <summary>The settings of a namespace at one revision, in memory: a changeset is in it whole or not at all.</summary>
/// <remarks>
/// Immutable and thread-safe; keep one to read several settings that belong together. Finding a setting allocates nothing and takes some ten
/// nanoseconds. Keys and labels are compared character by character, case included. The typed reads return <see langword="null"/> when the setting
/// is not there, and throw when it is there and is something else: a wrong value must not look like a missing one.
/// </remarks>
public sealed class NamespaceView
{
    internal NamespaceView(NamespaceVersion version, SettingTable unlabelled, Dictionary<string, SettingTable> labels)
    {
        (Name, Revision, StateRoot, Records) = (version.Name, version.Revision, version.StateRoot, version.Records);
        (Unlabelled, Labels) = (unlabelled, labels);
        Count = unlabelled.Count + labels.Values.Sum(table => table.Count);
    }

    /// <summary>Which namespace.</summary>
    public NamespaceName Name { get; }

    /// <summary>Revision of the last entry that touched the namespace.</summary>
    public Revision Revision { get; }

    /// <summary>Root over the namespace's records: equal roots, equal content, everywhere.</summary>
    public Hash256 StateRoot { get; }

    /// <summary>Settings in the view, over all labels.</summary>
    public int Count { get; }

    /// <summary>All settings, in no particular order.</summary>
    public IEnumerable<Setting> Settings => Unlabelled.Settings.Concat(Labels.Values.SelectMany(table => table.Settings));

    internal MerkleMap Records { get; }

    internal SettingTable Unlabelled { get; }

    internal Dictionary<string, SettingTable> Labels { get; }

    /// <summary>The settings with a label, in no particular order; those without one for <see langword="null"/>.</summary>
    public IEnumerable<Setting> WithLabel(string? label) =>
        string.IsNullOrEmpty(label) ? Unlabelled.Settings : Labels.TryGetValue(label, out var table) ? table.Settings : [];

    /// <summary>Finds a setting with everything that is said about it.</summary>
    /// <param name="key">The key.</param>
    /// <param name="setting">The setting.</param>
    /// <param name="label">The label; <see langword="null"/> for the setting without one. There is no falling back from one to the other.</param>
    public bool TryGet(string key, [NotNullWhen(true)] out Setting? setting, string? label = null)
    {
        setting = Find(key, label).Setting;
        return setting is not null;
    }

    /// <summary>The setting's text, or <see langword="null"/> if it is not there.</summary>
    public string? GetString(string key, string? label = null) => Find(key, label).Setting?.Value;

    /// <summary>The setting as a 32-bit integer in invariant form, or <see langword="null"/> if it is not there.</summary>
    /// <exception cref="FormatException">It is there and is no such integer.</exception>
    public int? GetInt32(string key, string? label = null)
    {
        ref readonly var slot = ref Find(key, label);
        return slot.Form == ReadForm.Integer && slot.Bits == (int)slot.Bits ? (int)slot.Bits
            : slot.Setting is not { } setting ? null
            : int.TryParse(setting.Value, NumberStyles.Integer, CultureInfo.InvariantCulture, out var value) ? value
            : throw Mismatch(key, label, "a 32-bit integer");
    }

    /// <summary>The setting as a 64-bit integer in invariant form, or <see langword="null"/> if it is not there.</summary>
    /// <exception cref="FormatException">It is there and is no such integer.</exception>
    public long? GetInt64(string key, string? label = null)
    {
        ref readonly var slot = ref Find(key, label);
        return slot.Form == ReadForm.Integer ? slot.Bits
            : slot.Setting is not { } setting ? null
            : long.TryParse(setting.Value, NumberStyles.Integer, CultureInfo.InvariantCulture, out var value) ? value
            : throw Mismatch(key, label, "a 64-bit integer");
    }

    /// <summary>The setting as a number in invariant form, or <see langword="null"/> if it is not there.</summary>
    /// <exception cref="FormatException">It is there and is no number.</exception>
    public double? GetDouble(string key, string? label = null)
    {
        ref readonly var slot = ref Find(key, label);
        return slot.Form == ReadForm.Number ? BitConverter.Int64BitsToDouble(slot.Bits)
            : slot.Form == ReadForm.Integer ? slot.Bits
            : slot.Setting is not { } setting ? null
            : double.TryParse(setting.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value
            : throw Mismatch(key, label, "a number");
    }

    /// <summary>The setting as <c>true</c> or <c>false</c>, in any case of letters, or <see langword="null"/> if it is not there.</summary>
    /// <exception cref="FormatException">It is there and is neither.</exception>
    public bool? GetBoolean(string key, string? label = null)
    {
        ref readonly var slot = ref Find(key, label);
        return slot.Form == ReadForm.Boolean ? slot.Bits != 0
            : slot.Setting is not { } setting ? null
            : bool.TryParse(setting.Value, out var value) ? value
            : throw Mismatch(key, label, "true or false");
    }

    /// <summary>The setting as a time span, <c>[d.]hh:mm:ss[.fffffff]</c>, or <see langword="null"/> if it is not there.</summary>
    /// <exception cref="FormatException">It is there and is no time span.</exception>
    public TimeSpan? GetTimeSpan(string key, string? label = null)
    {
        ref readonly var slot = ref Find(key, label);
        return slot.Form == ReadForm.Span ? new TimeSpan(slot.Bits)
            : slot.Setting is not { } setting ? null
            : TimeSpan.TryParse(setting.Value, CultureInfo.InvariantCulture, out var value) ? value
            : throw Mismatch(key, label, "a time span such as 00:00:30");
    }

    /// <summary>The setting read as JSON; <see langword="default"/> if it is not there. Parsed anew at every call.</summary>
    /// <param name="key">The key.</param>
    /// <param name="type">How <typeparamref name="T"/> is read: from a source-generated context, so that trimming and native compilation work.</param>
    /// <param name="label">The label, or <see langword="null"/>.</param>
    /// <exception cref="FormatException">It is there and is not the JSON of a <typeparamref name="T"/>.</exception>
    public T? GetJson<T>(string key, JsonTypeInfo<T> type, string? label = null)
    {
        if (GetString(key, label) is not { } text) return default;
        try
        {
            return JsonSerializer.Deserialize(text, type);
        }
        catch (JsonException exception)
        {
            // Not as the inner exception: its message quotes the text, which may be secret.
            throw Mismatch(key, label, $"the JSON of a {typeof(T).Name} (line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1})");
        }
    }

    /// <summary>Name and revision.</summary>
    public override string ToString() => $"{Name}@{Revision}";

    /// <summary>The place of a setting; one without a setting if it is not there.</summary>
    private ref readonly SettingSlot Find(string key, string? label)
    {
        if (string.IsNullOrEmpty(label)) return ref Unlabelled.Find(key);
        return ref (Labels.TryGetValue(label, out var table) ? table : SettingTable.Empty).Find(key);
    }

    private FormatException Mismatch(string key, string? label, string expected) =>
        new($"Setting '{(label is null ? key : $"{key}@{label}")}' of '{Name}' at {Revision} is not {expected}.");
}
