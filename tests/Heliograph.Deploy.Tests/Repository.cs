// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Deploy.Tests;

/// <summary>The checkout: HELIOGRAPH_REPOSITORY, or the one above what was built.</summary>
internal static class Repository
{
    private static readonly string s_root = Environment.GetEnvironmentVariable("HELIOGRAPH_REPOSITORY") is { Length: > 0 } told ? told : Above();

    /// <summary>A path in it.</summary>
    public static string PathOf(string relative = "") => Path.GetFullPath(Path.Combine(s_root, relative));

    /// <summary>The program that was built with this test.</summary>
    public static string Helio { get; } = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "Heliograph.Cli", new DirectoryInfo(AppContext.BaseDirectory).Name, "helio"));

    private static string Above()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
            if (File.Exists(Path.Combine(directory.FullName, "Heliograph.slnx"))) return directory.FullName;
        throw new DirectoryNotFoundException("The repository is not above what was built.");
    }
}
