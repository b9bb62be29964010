// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Storage.Sqlite;

/// <summary>How a file says that its log must not be worked with: its right to append is held, for good, by a node of one of these names.</summary>
/// <remarks>It is in the database itself, so a copy of the file says the same.</remarks>
public static class MoveMark
{
    /// <summary>The log was moved to etcd and goes on there.</summary>
    public const string Away = "moved:etcd";

    /// <summary>The log is being moved in from etcd, and is not whole.</summary>
    public const string Incoming = "incoming:etcd";

    /// <summary>The log is being restored, or was and nothing proves that it holds everything that was ever signed.</summary>
    public const string Restored = "restored:log";

    /// <summary>Why a file whose right to append is held by <paramref name="node"/> is not opened; <see langword="null"/> if it may be.</summary>
    internal static string? Fault(string node) => node switch
    {
        Away => "The log was moved to etcd, and goes on there: start the origin with --etcd. 'helio migrate --to sqlite' moves it back.",
        Incoming => "The log is still being moved in from etcd. Run the same 'helio migrate' again: it goes on where it stopped.",
        Restored => "The log is being restored, or was and nothing proves yet that it holds everything that was signed. Run the same 'helio restore' again: it goes on, or says what is missing (docs/runbooks/restore.md).",
        _ => null,
    };
}
