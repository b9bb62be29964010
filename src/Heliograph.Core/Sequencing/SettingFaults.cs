// SPDX-License-Identifier: Apache-2.0
using System.Text;

namespace Heliograph.Core.Sequencing;

/// <summary>Everything that is wrong with a setting's content. Its key is right by construction.</summary>
public static class SettingFaults
{
    /// <summary>Adds the faults of a setting to a list of at most <paramref name="faultsMax"/>.</summary>
    public static void Add(List<Fault> faults, string path, Setting setting, int faultsMax)
    {
        if (faults.Count >= faultsMax) return;
        if (ValueFault(setting.Value) is { } value) faults.Add(new(path + "value", value));
        if (setting.ContentType is not null && TextRules.Fault("content type", setting.ContentType, Limits.ContentTypeCharsMax) is { } type) faults.Add(new(path + "contentType", type));
        if (setting.Description is not null && TextRules.Fault("description", setting.Description.Replace('\n', ' ').Replace('\r', ' ').Replace('\t', ' '), Limits.DescriptionCharsMax) is { } description) faults.Add(new(path + "description", description));
        if (setting.Marks.HasFlag(SettingMarks.NoValue) && setting.Value.Length > 0) faults.Add(new(path + "value", "A setting that is marked as having no value has none."));
        if (setting.Tags.Count > Limits.TagsMax) faults.Add(new(path + "tags", $"A setting has at most {Limits.TagsMax} tags; this one has {setting.Tags.Count}."));
        for (var i = 0; i < setting.Tags.Count && faults.Count < faultsMax; i++)
        {
            var (name, text) = setting.Tags[i];
            if (name.Length == 0) faults.Add(new(path + "tags", "A tag name must not be empty."));
            if ((TextRules.Fault("tag name", name, Limits.TagCharsMax) ?? (text == Setting.NoTagValue ? null : TextRules.Fault("tag value", text, Limits.TagCharsMax))) is { } tag) faults.Add(new(path + "tags", tag));
            if (i > 0 && string.CompareOrdinal(setting.Tags[i - 1].Key, name) >= 0) faults.Add(new(path + "tags", "Tag names stand once each, in ordinal order."));
        }
    }

    private static string? ValueFault(string value)
    {
        if (value.Length > Limits.ValueBytesMax) return $"A value has at most {Limits.ValueBytesMax} bytes of UTF-8.";
        if (LoneSurrogateAt(value) is var at && at >= 0) return $"A value must be well-formed Unicode; half a surrogate pair stands at position {at + 1}.";
        return value.Length * 3 > Limits.ValueBytesMax && Encoding.UTF8.GetByteCount(value) > Limits.ValueBytesMax ? $"A value has at most {Limits.ValueBytesMax} bytes of UTF-8." : null;
    }

    private static int LoneSurrogateAt(string text)
    {
        for (var i = text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF'); i >= 0 && i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i])) continue;
            if (!char.IsHighSurrogate(text[i]) || i + 1 == text.Length || !char.IsLowSurrogate(text[i + 1])) return i;
            i++;
        }
        return -1;
    }
}
