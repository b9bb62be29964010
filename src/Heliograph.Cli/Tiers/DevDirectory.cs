// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Cli.Tiers;

/// <summary>The data directory of a development realm; a temporary one is removed when it is disposed.</summary>
internal sealed class DevDirectory : IDisposable
{
    private readonly bool _isTemporary;

    private DevDirectory(string path, bool isTemporary) => (Path, _isTemporary) = (path, isTemporary);

    /// <summary>Where it is; it exists.</summary>
    public string Path { get; }

    /// <summary>A new directory, readable by its owner only, that lives as long as this object.</summary>
    public static DevDirectory Temporary() => new(Directory.CreateTempSubdirectory("helio-").FullName, isTemporary: true);

    /// <summary>A directory that stays.</summary>
    public static DevDirectory Lasting(string path)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
        else Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return new(System.IO.Path.GetFullPath(path), isTemporary: false);
    }

    /// <summary>heliograph/dev in the user's data directory.</summary>
    public static string Default(Func<string, string?> environment) => environment("XDG_DATA_HOME") is { Length: > 0 } data
        ? System.IO.Path.Combine(data, "heliograph", "dev")
        : System.IO.Path.Combine(environment("HOME") ?? ".", ".local", "share", "heliograph", "dev");

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isTemporary && Directory.Exists(Path)) Directory.Delete(Path, recursive: true);
    }
}
