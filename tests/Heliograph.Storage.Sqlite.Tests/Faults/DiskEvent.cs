// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Storage.Sqlite.Tests.Faults;

/// <summary>What a process asked of the disk.</summary>
internal enum DiskAction
{
    /// <summary>Opened a name; it exists from here on.</summary>
    Create,
    Write,
    Truncate,

    /// <summary>The file's bytes are durable when this has returned.</summary>
    Flush,

    /// <summary>The directory's names are durable when this has returned.</summary>
    FlushDirectory,
    Rename,
    Delete,
}

/// <summary>One successful system call on a file, in the order in which they returned.</summary>
/// <param name="Action">What.</param>
/// <param name="Path">On which file or directory.</param>
/// <param name="Offset">Where a write begins; the new size of a truncation.</param>
/// <param name="Data">What is written.</param>
/// <param name="Target">The new name of a rename.</param>
internal sealed record DiskEvent(DiskAction Action, string Path, long Offset = 0, byte[]? Data = null, string? Target = null);
