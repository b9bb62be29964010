// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text.Json;

namespace Heliograph.FeatureFlags;

/// <content>Members of JSON, each of which may be something else than it should be.</content>
public sealed partial class FlagReader
{
    private DateTimeOffset? Date(JsonElement item, string member, string where)
    {
        if (Text(item, member, where) is not { Length: > 0 } text) return null;
        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AllowWhiteSpaces, out var date)) return date;
        // A weekday that does not fit its date, or a month in full between RFC 1123's parts, is common in flags by hand: the weekday proves nothing.
        if (text.IndexOf(',', StringComparison.Ordinal) is var comma and > 0 && DateTimeOffset.TryParse(text.AsSpan(comma + 1), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AllowWhiteSpaces, out date)) return date;
        Fault(where, "a date is expected, RFC 1123 or ISO 8601");
        return null;
    }

    /// <summary>A whole number, 1 or more; 1 where there is none.</summary>
    private long Whole(JsonElement? item, string member, string where)
    {
        if (item is null || Member(item.Value, member) is not { } value) return 1;
        if (Number(value) is { } number && number >= 1 && number <= int.MaxValue && number == Math.Floor(number)) return (long)number;
        Fault(where, "a whole number, 1 or more, is expected");
        return 1;
    }

    private double Percent(JsonElement item, string member, string where, double? otherwise = null)
    {
        if (Member(item, member) is not { } value)
        {
            if (otherwise is null) Fault(where, "a number is expected");
            return otherwise ?? 0;
        }
        if (Number(value) is { } percent and >= 0 and <= 100) return percent;
        Fault(where, "a number from 0 to 100 is expected");
        return 0;
    }

    private static double? Number(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => value.GetDouble(),
        JsonValueKind.String when double.TryParse(value.GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) => number,
        _ => null,
    };

    private bool Flag(JsonElement item, string member, string where)
    {
        switch (Member(item, member)?.ValueKind)
        {
            case null or JsonValueKind.False: return false;
            case JsonValueKind.True: return true;
            case JsonValueKind.String when bool.TryParse(Member(item, member)!.Value.GetString(), out var flag): return flag;
            default:
                Fault(where, "true or false is expected");
                return false;
        }
    }

    private string? OneOf(JsonElement item, string member, string where, string[] known, bool isRequired = false)
    {
        var text = Text(item, member, where);
        if (text is null && !isRequired) return null;
        var found = Array.Find(known, one => one.Equals(text, StringComparison.OrdinalIgnoreCase));
        if (found is null) Fault(where, $"{string.Join(", ", known[..^1])} or {known[^1]} is expected");
        return found;
    }

    private string Required(JsonElement item, string member, string where)
    {
        var text = Text(item, member, where);
        if (string.IsNullOrEmpty(text)) Fault(where, "a text is expected");
        return text ?? "";
    }

    private string? Text(JsonElement item, string member, string where)
    {
        if (Member(item, member) is not { } value) return null;
        if (value.ValueKind == JsonValueKind.String) return value.GetString();
        Fault(where, "a text is expected");
        return null;
    }

    private List<string> Texts(JsonElement item, string member, string where) =>
        [.. Elements(item, member, where).Select(one => one.Item.ValueKind == JsonValueKind.String ? one.Item.GetString()! : Faulty(one.Where))];

    private string Faulty(string where)
    {
        Fault(where, "a text is expected");
        return "";
    }

    /// <summary>Objects of a list.</summary>
    private IEnumerable<(JsonElement Item, string Where)> Items(JsonElement item, string member, string where)
    {
        foreach (var one in Elements(item, member, where))
        {
            if (one.Item.ValueKind == JsonValueKind.Object) yield return one;
            else Fault(one.Where, "an object is expected");
        }
    }

    private List<(JsonElement Item, string Where)> Elements(JsonElement item, string member, string where)
    {
        if (Member(item, member) is not { } list) return [];
        if (list.ValueKind == JsonValueKind.Array) return [.. list.EnumerateArray().Select((one, at) => (one, string.Create(CultureInfo.InvariantCulture, $"{where}[{at}]")))];
        Fault(where, "a list is expected");
        return [];
    }

    private JsonElement? Object(JsonElement item, string member, string where)
    {
        if (Member(item, member) is not { } value) return null;
        if (value.ValueKind == JsonValueKind.Object) return value;
        Fault(where, "an object is expected");
        return null;
    }

    /// <summary>A member, in any case; null counts as not there.</summary>
    private static JsonElement? Member(JsonElement item, string name)
    {
        if (item.ValueKind != JsonValueKind.Object) return null;
        if (!item.TryGetProperty(name, out var value))
            foreach (var one in item.EnumerateObject())
                if (one.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) value = one.Value;
        return value.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null ? null : value;
    }

    private void Fault(string where, string what) => _faults.Add($"{where}: {what}");
}
