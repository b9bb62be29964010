// SPDX-License-Identifier: Apache-2.0
using CsCheck;

namespace Heliograph.Core.Tests.Words;

/// <summary>Text for properties: what the grammar allows, and what it does not.</summary>
internal static class TextGen
{
    /// <summary>Well-formed text without control characters, 1 to 40 code points of every width in UTF-8.</summary>
    public static Gen<string> Clean { get; } =
        Gen.OneOf(Gen.Char[' ', '~'].Select(c => $"{c}"), Gen.Char['\u00A0', '\uD7FF'].Select(c => $"{c}"), Gen.Int[0x1_0000, 0x10_FFFF].Select(char.ConvertFromUtf32))
            .Array[1, 40].Select(string.Concat).Where(text => text is not ("." or ".."));

    /// <summary>Any UTF-16, half surrogate pairs and control characters included.</summary>
    public static Gen<string> Any { get; } = Gen.Char.Array[0, 12].Select(chars => new string(chars));

    public static Gen<SettingKey> Keys { get; } = Gen.Select(Clean, Clean, Gen.Bool, (key, label, hasLabel) => SettingKey.Create(key, hasLabel ? label : null));
}
