// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Architecture.Tests;

/// <summary>The checkout that these tests were built from.</summary>
internal static class Repository
{
    private static readonly string Root = Find();

    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    private static string Find()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
            if (File.Exists(Path.Combine(directory.FullName, "Heliograph.slnx"))) return directory.FullName;
        throw new InvalidOperationException("These tests read the repository: run them from a build inside it.");
    }
}
