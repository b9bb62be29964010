// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Cli.Terminal;

/// <summary>Files that only their owner may read, replaced whole.</summary>
internal static class PrivateFile
{
    /// <summary>Writes beside the target and renames over it, so that a reader sees the old file or the new.</summary>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var temporary = $"{path}.{Environment.ProcessId}.tmp";
        File.Delete(temporary); // the mode is applied at creation only
        using (var file = new FileStream(temporary, options))
        {
            file.Write(content);
            file.Flush(flushToDisk: true);
        }
        File.Move(temporary, path, overwrite: true);
    }
}
