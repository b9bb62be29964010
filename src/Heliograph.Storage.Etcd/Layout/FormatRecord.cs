// SPDX-License-Identifier: Apache-2.0
using Google.Protobuf;

namespace Heliograph.Storage.Etcd.Layout;

/// <summary>The value of <c>format</c>: the version of the layout, <c>1</c>, of a log that origins work with; <c>incoming</c>, <c>moved</c> and <c>restored</c> of one that they must not touch.</summary>
internal static class FormatRecord
{
    private static readonly ByteString s_live = ByteString.CopyFromUtf8("1"), s_incoming = ByteString.CopyFromUtf8("incoming"), s_moved = ByteString.CopyFromUtf8("moved"), s_restored = ByteString.CopyFromUtf8("restored");

    /// <summary>The value of a phase.</summary>
    public static ByteString Of(LogPhase phase) => phase switch
    {
        LogPhase.Live => s_live,
        LogPhase.Incoming => s_incoming,
        LogPhase.Moved => s_moved,
        LogPhase.Restored => s_restored,
        _ => throw new ArgumentOutOfRangeException(nameof(phase)),
    };

    /// <summary>The phase of a value; <see langword="null"/> if this version knows none.</summary>
    public static LogPhase? PhaseOf(ByteString? format) => format is null ? null : format == s_live ? LogPhase.Live : format == s_incoming ? LogPhase.Incoming : format == s_moved ? LogPhase.Moved : format == s_restored ? LogPhase.Restored : null;

    /// <summary>For messages.</summary>
    public static string Printable(ByteString format) => new([.. format.ToStringUtf8().Take(16).Select(letter => letter is >= ' ' and <= '~' ? letter : '?')]);
}
