// SPDX-License-Identifier: Apache-2.0
using System.Globalization;

namespace Heliograph.Client.Views;

/// <summary>What a text is beside text. Only ever a short cut: a read that finds another form here than it asks for reads the text.</summary>
internal enum ReadForm : byte
{
    /// <summary>Nothing that is kept.</summary>
    Text,

    /// <summary>A 64-bit integer; <see cref="SettingSlot.Bits"/> is its value.</summary>
    Integer,

    /// <summary>A number that is no integer; the bits of a <see cref="double"/>.</summary>
    Number,

    /// <summary><c>true</c> or <c>false</c>; 1 or 0.</summary>
    Boolean,

    /// <summary>A time span; its ticks.</summary>
    Span,
}

/// <summary>A place in a table of settings. Holds what a read compares and answers, so that a typed read touches neither the setting nor its text: 32 bytes.</summary>
/// <param name="Key">The key; <see langword="null"/>: the place is free.</param>
/// <param name="Setting">The setting.</param>
/// <param name="Bits">What its text is, in the form of <paramref name="Form"/>.</param>
/// <param name="Hash">The lower half of the key's <see cref="KeyHash"/>.</param>
/// <param name="Form">What its text is.</param>
internal readonly record struct SettingSlot(string? Key, Setting? Setting, long Bits, uint Hash, ReadForm Form)
{
    private const int TextCharsMax = 32; // longer than any form that is kept, as people write it

    /// <summary>The place of a setting, its text read once.</summary>
    public static SettingSlot Of(string key, Setting setting)
    {
        var (form, bits) = Read(setting.Value);
        return new(key, setting, bits, (uint)KeyHash.Of(key), form);
    }

    private static (ReadForm Form, long Bits) Read(string text)
    {
        if (text.Length is 0 or > TextCharsMax) return (ReadForm.Text, 0);
        if (long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var integer)) return integer == 0 && text.Contains('-', StringComparison.Ordinal) ? (ReadForm.Text, 0) : (ReadForm.Integer, integer); // -0 is another number than 0
        if (bool.TryParse(text, out var boolean)) return (ReadForm.Boolean, boolean ? 1 : 0);
        if (!text.AsSpan().ContainsAnyInRange('0', '9')) return (ReadForm.Text, 0);
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)) return (ReadForm.Number, BitConverter.DoubleToInt64Bits(number));
        return text.Contains(':', StringComparison.Ordinal) && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var span) ? (ReadForm.Span, span.Ticks) : (ReadForm.Text, 0);
    }
}
