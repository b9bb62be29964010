// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Storage.Sqlite.Engine;

/// <summary>The floor under the SQLite library.</summary>
/// <remarks>Before 3.51.3 a write-ahead log that was reset while another connection wrote could damage the database; the fault had been there since 3.7.0 (sqlite.org/wal.html#walresetbug).</remarks>
internal static class EngineVersion
{
    public static readonly Version Lowest = new(3, 51, 3);

    /// <summary>Why <paramref name="version"/> must not be used, or <see langword="null"/>.</summary>
    public static string? Fault(string version) =>
        !Version.TryParse(version, out var parsed) ? $"The SQLite library calls itself '{version}', which is not a version. {Lowest} or newer is needed."
        : parsed < Lowest ? $"The SQLite library is {parsed}; {Lowest} or newer is needed, because older ones can damage a database whose write-ahead log is reset while it is written."
        : null;
}
