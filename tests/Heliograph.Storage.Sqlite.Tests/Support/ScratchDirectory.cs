// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Storage.Sqlite.Tests.Support;

/// <summary>A directory of the test's own, gone afterwards.</summary>
internal sealed class ScratchDirectory : IDisposable
{
    /// <summary>Where files live in memory, or <see langword="null"/> if there is no such place.</summary>
    public static string? InMemory => Directory.Exists("/dev/shm") ? "/dev/shm" : null;

    public ScratchDirectory(string? parent = null) => Path = parent is null
        ? Directory.CreateTempSubdirectory("heliograph-sqlite-").FullName
        : Directory.CreateDirectory(System.IO.Path.Combine(parent, $"heliograph-sqlite-{Guid.NewGuid():N}")).FullName;

    public string Path { get; }

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
