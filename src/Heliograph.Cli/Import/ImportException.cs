// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Cli.Import;

/// <summary>A document that is refused whole. Every fault is named by path or line; none quotes a value.</summary>
internal sealed class ImportException(string source, IReadOnlyList<string> faults) : Exception($"{source}: {string.Join(" ", faults)}")
{
    /// <summary>The file.</summary>
    public string Document { get; } = source;

    /// <summary>What is wrong with it, each on its own.</summary>
    public IReadOnlyList<string> Faults { get; } = faults;
}
