// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Documents.Tests;

/// <summary>The checkout whose documents are checked: HELIOGRAPH_REPOSITORY, or the one above what was built.</summary>
internal static class Repository
{
    private static readonly string s_root = Environment.GetEnvironmentVariable("HELIOGRAPH_REPOSITORY") is { Length: > 0 } told ? told : Above();

    /// <summary>A path in it.</summary>
    public static string PathOf(string relative = "") => Path.GetFullPath(Path.Combine(s_root, relative));

    /// <summary>A program that was built with this test.</summary>
    public static string Program(string project, string name) => Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", project, new DirectoryInfo(AppContext.BaseDirectory).Name, name));

    private static string Above()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
            if (File.Exists(Path.Combine(directory.FullName, "Heliograph.slnx"))) return directory.FullName;
        throw new DirectoryNotFoundException("The repository is not above what was built.");
    }
}
