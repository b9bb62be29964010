// SPDX-License-Identifier: Apache-2.0
using Xunit;

namespace Heliograph.Client.Tests.RealInput;

/// <summary>The real documents that every checkout has beside it, in <c>../shared/data</c>, or where <c>HELIOGRAPH_SHARED_DATA</c> says.</summary>
internal static class SharedData
{
    private static readonly string? Root = Find();

    /// <summary>Every file of a folder that the filter takes, ordered. Without the data the test is skipped, and says so.</summary>
    public static IReadOnlyList<string> Files(string folder, Predicate<string> filter)
    {
        Assert.SkipWhen(Root is null, "The shared data is not beside this checkout: set HELIOGRAPH_SHARED_DATA.");
        var files = Directory.GetFiles(Path.Combine(Root, folder), "*.json", SearchOption.AllDirectories).Where(path => filter(path)).Order(StringComparer.Ordinal).ToList();
        Assert.NotEmpty(files);
        return files;
    }

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("HELIOGRAPH_SHARED_DATA") is { Length: > 0 } named) return named;
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
            if (File.Exists(Path.Combine(directory.FullName, "Heliograph.slnx")))
                return Path.Combine(directory.FullName, "..", "shared", "data") is var path && Directory.Exists(path) ? path : null;
        return null;
    }
}
