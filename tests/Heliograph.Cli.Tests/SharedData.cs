// SPDX-License-Identifier: Apache-2.0
using System.Runtime.CompilerServices;
using Xunit;

namespace Heliograph.Cli.Tests;

/// <summary>Real documents that lie beside the repository, or where HELIOGRAPH_SHARED says.</summary>
internal static class SharedData
{
    public static string? Directory { get; } = Find();

    /// <summary>Settings of a real application: a directory a service.</summary>
    public static string Eshop => Path.Combine(Required(), "data", "eshop");

    /// <summary>Every valid document of the schema collection.</summary>
    public static IEnumerable<string> ValidDocuments() => System.IO.Directory
        .EnumerateFiles(Path.Combine(Required(), "data", "schemas"), "*.json", SearchOption.AllDirectories)
        .Where(path => Path.GetFileName(Path.GetDirectoryName(path)) == "valid")
        .Order(StringComparer.Ordinal);

    private static string Required()
    {
        Assert.SkipWhen(Directory is null, "The shared documents are not on this machine: set HELIOGRAPH_SHARED to their directory.");
        return Directory!;
    }

    private static string? Find([CallerFilePath] string thisFile = "")
    {
        if (Environment.GetEnvironmentVariable("HELIOGRAPH_SHARED") is { Length: > 0 } named) return named;
        for (var up = Path.GetDirectoryName(thisFile); up is not null; up = Path.GetDirectoryName(up))
        {
            if (!File.Exists(Path.Combine(up, "Heliograph.slnx"))) continue;
            var beside = Path.Combine(up, "..", "shared");
            return System.IO.Directory.Exists(beside) ? Path.GetFullPath(beside) : null;
        }
        return null;
    }
}
