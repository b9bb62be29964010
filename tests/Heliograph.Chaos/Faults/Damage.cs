// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Chaos.Faults;

/// <summary>What happens to a file at rest.</summary>
internal static class Damage
{
    public static IReadOnlyList<string> Kinds { get; } = ["bit flip", "truncation", "nothing left"];

    /// <summary>Damages one file; the same random numbers, the same damage.</summary>
    /// <returns>What was done to which.</returns>
    public static string Do(string file, string kind, Random random)
    {
        var bytes = File.ReadAllBytes(file);
        switch (kind)
        {
            case "bit flip" when bytes.Length > 0: bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8)); break;
            case "truncation" when bytes.Length > 0: bytes = bytes[..random.Next(bytes.Length)]; break;
            default: bytes = []; break;
        }
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Write);
        stream.SetLength(0);
        stream.Write(bytes);
        return $"{kind} in {Path.GetFileName(file)}";
    }

    /// <summary>The same within the first part of a file that was made longer than what is in it.</summary>
    public static string DoWhereUsed(string file, string kind, Random random)
    {
        var bytes = File.ReadAllBytes(file);
        var used = bytes.AsSpan().LastIndexOfAnyExcept((byte)0) + 1;
        if (used == 0) return $"nothing in {Path.GetFileName(file)}, which is empty";
        var at = random.Next(used);
        switch (kind)
        {
            case "bit flip": bytes[at] ^= (byte)(1 << random.Next(8)); break;
            case "truncation": bytes = bytes[..at]; break;
            default: bytes = []; break;
        }
        File.WriteAllBytes(file, bytes);
        return $"{kind} in {Path.GetFileName(file)}, at {at} of {used}";
    }

    /// <summary>Every file with content below a directory, in a fixed order.</summary>
    public static IReadOnlyList<string> FilesOf(string directory) =>
        [.. Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories).Where(file => new FileInfo(file) is { Length: > 0, LinkTarget: null }).Order(StringComparer.Ordinal)];
}
