// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Storage.Sqlite.Engine;

/// <summary>The steps at which the fault suite may interfere. See <see cref="SqliteLogStoreOptions.Probe"/>.</summary>
internal enum StoreStep
{
    BeforeBegin,
    BeforeCommit,
    AfterCommit,
    BeforeRead,
}

/// <summary>When SQLite flushes: its <c>synchronous</c> setting.</summary>
internal enum Synchronous
{
    Normal = 1,
    Full = 2,
}
