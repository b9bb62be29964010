// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Platform.Pki;

/// <summary>The grammar of a realm's name: that of a SPIFFE trust domain, since it stands in every identity as one.</summary>
public static class RealmName
{
    /// <summary>Longest name.</summary>
    public const int CharsMax = 64;

    /// <summary>What is wrong with the name, or <see langword="null"/>.</summary>
    public static string? Fault(string name)
    {
        if (name.Length is 0 or > CharsMax) return $"A realm's name has 1 to {CharsMax} characters.";
        foreach (var c in name)
            if (!char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c is not ('-' or '.'))
                return "A realm's name holds lower-case letters, digits, '-' and '.'.";
        foreach (var label in name.Split('.'))
            if (label.Length == 0 || label[0] == '-' || label[^1] == '-')
                return "A realm's name is made of parts joined by '.', each beginning and ending with a letter or digit.";
        return null;
    }
}
