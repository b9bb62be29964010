// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.CodeAnalysis;

namespace Heliograph;

/// <summary>Distinctions that some protocols make between contents that read alike.</summary>
[Flags]
[SuppressMessage("Naming", "CA1711", Justification = "The type is a set of marks.")]
public enum SettingMarks
{
    /// <summary>None: so for nearly every setting.</summary>
    None = 0,

    /// <summary>There is no value; <see cref="Setting.Value"/> is empty.</summary>
    NoValue = 1,

    /// <summary>The content type is the empty text; <see cref="Setting.ContentType"/> is <see langword="null"/>.</summary>
    EmptyContentType = 2,
}
