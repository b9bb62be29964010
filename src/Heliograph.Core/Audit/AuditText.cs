// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text;

namespace Heliograph.Core.Audit;

/// <summary>Writes the JSON of a record in its one form: members in the order in which they are added, no spaces, ASCII only. The same content gives the same bytes on every origin.</summary>
internal sealed class AuditText
{
    private readonly StringBuilder _text = new("{");
    private bool _isBehind; // whether a comma goes before what comes next

    public AuditText Add(string name, string? value)
    {
        if (value is null) return this;
        Name(name);
        Quote(value);
        return this;
    }

    public AuditText Add(string name, long value)
    {
        Name(name);
        _text.Append(CultureInfo.InvariantCulture, $"{value}");
        return this;
    }

    /// <summary>A time: UTC, to the millisecond.</summary>
    public AuditText Add(string name, DateTimeOffset value) => Add(name, value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));

    public AuditText BeginItems(string name)
    {
        Name(name);
        _text.Append('[');
        _isBehind = false;
        return this;
    }

    public AuditText BeginItem()
    {
        if (_isBehind) _text.Append(',');
        _text.Append('{');
        _isBehind = false;
        return this;
    }

    public AuditText EndItem() => Close('}');

    public AuditText EndItems() => Close(']');

    /// <summary>The whole.</summary>
    public override string ToString() => _text + "}";

    private AuditText Close(char bracket)
    {
        _text.Append(bracket);
        _isBehind = true;
        return this;
    }

    private void Name(string name)
    {
        if (_isBehind) _text.Append(',');
        _text.Append('"').Append(name).Append("\":");
        _isBehind = true;
    }

    /// <summary>Printable ASCII as it is, but for the quotation mark and the backslash; everything else as <c>\uXXXX</c>, a UTF-16 unit each.</summary>
    private void Quote(string value)
    {
        _text.Append('"');
        foreach (var unit in value)
        {
            if (unit is >= ' ' and <= '~' and not '"' and not '\\') _text.Append(unit);
            else _text.Append(CultureInfo.InvariantCulture, $"\\u{(int)unit:x4}");
        }
        _text.Append('"');
    }
}
