// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.FeatureFlags.Tests;

/// <summary>Where things lie, in the checkout and beside it.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    /// <summary>The published samples and vectors; the test is skipped where they are not.</summary>
    public static string Samples()
    {
        var shared = Environment.GetEnvironmentVariable("HELIOGRAPH_SHARED") is { Length: > 0 } named ? named : Path.Combine(Root, "..", "shared");
        var samples = Path.Combine(shared, "data", "feature-management", "Samples");
        Assert.SkipUnless(Directory.Exists(samples), "The published samples are not on this machine: set HELIOGRAPH_SHARED to the directory that holds data/feature-management.");
        return samples;
    }

    private static string Find()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
            if (File.Exists(Path.Combine(directory.FullName, "Heliograph.slnx"))) return directory.FullName;
        throw new InvalidOperationException("These tests read the repository: run them from a build inside it.");
    }
}
