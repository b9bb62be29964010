// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Storage.Sqlite;

/// <summary>Why a database file is not opened, by what the operator does next.</summary>
public enum SqliteRefusal
{
    /// <summary>The SQLite library is older than 3.51.3: update it.</summary>
    EngineTooOld,

    /// <summary>The file lies on a network file system: move it to a local disk.</summary>
    NetworkFileSystem,

    /// <summary>The directory does not exist, or the file cannot be opened: check the path and the rights.</summary>
    CannotOpen,

    /// <summary>Another process has the file open: stop one of them.</summary>
    InUse,

    /// <summary>The file, or its directory, is read-only.</summary>
    ReadOnly,

    /// <summary>The disk is full: make space.</summary>
    Full,

    /// <summary>It is a database, but not a log of this format: check the path or the version.</summary>
    OtherFormat,

    /// <summary>It holds another log than the one asked for: check the path.</summary>
    OtherLog,

    /// <summary>The log was moved away, or is still being moved in: start the origin that has it, or finish the move.</summary>
    Moved,

    /// <summary>A safety setting did not take effect.</summary>
    Setting,

    /// <summary>What is stored is damaged: restore it.</summary>
    Corrupt,
}

/// <summary>The database was not opened, and nothing in it was changed.</summary>
public sealed class SqliteLogStoreException(SqliteRefusal refusal, string message, Exception? inner = null) : IOException(message, inner)
{
    /// <summary>The kind of reason; the message has the particulars.</summary>
    public SqliteRefusal Refusal { get; } = refusal;
}
