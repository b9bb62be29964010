// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Heliograph.Origin.Http;

/// <summary>Reads a request's query strictly: only parameters that the call has, each once, in UTF-8.</summary>
internal sealed class QueryReader
{
    private readonly Dictionary<string, StringValues> _query = new(StringComparer.Ordinal); // the request's own is blind to case
    private readonly Faults _faults;

    /// <summary>Begins to read; unknown and repeated parameters are faults.</summary>
    public QueryReader(HttpContext context, Faults faults, params ReadOnlySpan<string> known)
    {
        _faults = faults;
        if (!IsUtf8(context.Request.QueryString.Value ?? "")) faults.Add("", "The query is not UTF-8.");
        foreach (var (name, values) in context.Request.Query)
        {
            _query[name] = values;
            if (!known.Contains(name)) faults.Add(name, $"This call has no query parameter of that name. It has: {(known.IsEmpty ? "none" : string.Join(", ", known!))}.");
            else if (values.Count > 1) faults.Add(name, "A query parameter stands once.");
        }
    }

    /// <summary>The parameter's text; <see langword="null"/> if it is absent.</summary>
    public string? Text(string name) => _query.TryGetValue(name, out var values) && values.Count == 1 ? values[0] ?? "" : null;

    /// <summary>The parameter's text; its absence is a fault.</summary>
    public string Required(string name)
    {
        if (Text(name) is { } text) return text;
        if (!_query.ContainsKey(name)) _faults.Add(name, "This query parameter is needed.");
        return "";
    }

    /// <summary><c>true</c>, <c>false</c>, or present without a value, which is true.</summary>
    public bool Flag(string name)
    {
        switch (Text(name))
        {
            case null or "false": return false;
            case "" or "true": return true;
            default:
                _faults.Add(name, "Write true or false.");
                return false;
        }
    }

    /// <summary>A whole number within bounds.</summary>
    public int Number(string name, int min, int max, int otherwise)
    {
        if (Text(name) is not { } text) return otherwise;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max) return number;
        _faults.Add(name, $"Write a whole number from {min} to {max}.");
        return otherwise;
    }

    /// <summary>A revision; <see langword="null"/> if it is absent.</summary>
    public Revision? Revision(string name)
    {
        if (Text(name) is not { } text) return null;
        if (Heliograph.Revision.TryParse(text, out var revision)) return revision;
        _faults.Add(name, "A revision is written epoch.sequence, for example 1.48213.");
        return null;
    }

    /// <summary>A namespace's name; <see langword="null"/> if it is absent or wrong.</summary>
    public NamespaceName? Namespace(string name)
    {
        if (Text(name) is not { } text) return null;
        if (NamespaceName.TryParse(text, out var parsed, out var error)) return parsed;
        _faults.Add(name, error);
        return null;
    }

    /// <summary>A setting's key and label from <c>key</c> and <c>label</c>.</summary>
    public SettingKey Setting()
    {
        var key = Required("key");
        if (!_query.ContainsKey("key")) return default;
        if (!SettingKey.TryCreate(key, Text("label"), out var setting, out var error)) _faults.Add("key", error);
        return setting;
    }

    private static bool IsUtf8(string raw)
    {
        if (!raw.Contains('%', StringComparison.Ordinal)) return true;
        var bytes = new List<byte>(raw.Length);
        for (var i = 0; i < raw.Length; i++)
        {
            if (raw[i] == '%' && i + 2 < raw.Length && byte.TryParse(raw.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var escaped))
            {
                bytes.Add(escaped);
                i += 2;
            }
            else bytes.AddRange(Encoding.UTF8.GetBytes([raw[i]]));
        }
        return Utf8.IsValid([.. bytes]);
    }
}
