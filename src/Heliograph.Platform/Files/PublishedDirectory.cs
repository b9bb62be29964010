// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Heliograph.Platform.Files;

/// <summary>A directory whose files change all at once: each generation lies in a directory of its own, and one link says which is meant. Unix only.</summary>
/// <remarks>
/// <code>
/// DIRECTORY/..data  -> ..1.42-3f2a9c…      replaced by one rename
/// DIRECTORY/..1.42-3f2a9c…/nginx.conf      a generation
/// DIRECTORY/nginx.conf -> ..data/nginx.conf
/// </code>
/// As Kubernetes does it for its volumes. Not thread-safe: one writer a directory.
/// </remarks>
/// <param name="directory">The directory; made if it is not there, in one that is.</param>
[UnsupportedOSPlatform("windows")]
public sealed partial class PublishedDirectory(string directory)
{
    private const string DataLink = "..data", TemporaryLink = "..data.tmp", ToldFile = "..told", HiddenPrefix = "..";

    /// <summary>Name of the generation that is meant; <see langword="null"/> for none.</summary>
    public string? Current => new FileInfo(Path.Combine(directory, DataLink)).LinkTarget;

    /// <summary>The generation that whoever reads the files has been told of; <see langword="null"/> for none.</summary>
    public string? Told => File.Exists(Path.Combine(directory, ToldFile)) ? File.ReadAllText(Path.Combine(directory, ToldFile)) : null;

    /// <summary>Writes a generation and lets it be meant from then on. Until it is complete and durable nothing changes.</summary>
    /// <param name="name">Its name; begins with two dots.</param>
    /// <param name="files">Its files.</param>
    /// <param name="mode">Mode of the directories.</param>
    /// <exception cref="IOException">It could not be written; what was meant before still is.</exception>
    /// <exception cref="UnauthorizedAccessException">This process may not write there, or may not give files away.</exception>
    public void Publish(string name, IReadOnlyList<PublishedFile> files, UnixFileMode mode)
    {
        if (!Directory.Exists(directory))
        {
            Directory.CreateDirectory(directory, mode);
            File.SetUnixFileMode(directory, mode); // whatever the umask
        }
        var generation = Path.Combine(directory, name);
        if (Directory.Exists(generation)) Directory.Delete(generation, recursive: true); // of a writer that died before it was meant
        Directory.CreateDirectory(generation, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        foreach (var file in files) Write(Path.Combine(generation, file.Name), file);
        File.SetUnixFileMode(generation, mode);
        NativeFiles.FlushDirectory(generation);
        var temporary = Path.Combine(directory, TemporaryLink);
        if (new FileInfo(temporary).LinkTarget is not null) File.Delete(temporary);
        File.CreateSymbolicLink(temporary, name);
        NativeFiles.Rename(temporary, Path.Combine(directory, DataLink)); // here everything changes
        Link(files);
        foreach (var old in Directory.EnumerateDirectories(directory, HiddenPrefix + "*"))
            if (Path.GetFileName(old) != name && new DirectoryInfo(old).LinkTarget is null) Directory.Delete(old, recursive: true);
    }

    /// <summary>Makes the names by which programs open the files; they stay the same from one generation to the next. Does nothing if they are there.</summary>
    /// <exception cref="IOException">Something else has such a name, or the directory cannot be written.</exception>
    public void Link(IReadOnlyList<PublishedFile> files)
    {
        var names = files.Select(file => file.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var path in Directory.EnumerateFileSystemEntries(directory))
        {
            var name = Path.GetFileName(path);
            if (name.StartsWith(HiddenPrefix, StringComparison.Ordinal) || new FileInfo(path).LinkTarget?.StartsWith($"{DataLink}/", StringComparison.Ordinal) != true) continue;
            if (!names.Remove(name)) File.Delete(path); // it was of a generation before
        }
        foreach (var name in names) File.CreateSymbolicLink(Path.Combine(directory, name), $"{DataLink}/{name}");
        NativeFiles.FlushDirectory(directory);
    }

    /// <summary>Remembers that whoever reads the files has been told of a generation: after a crash in between it is told again.</summary>
    public void Tell(string name) => ProtectedFile.Write(Path.Combine(directory, ToldFile), name, ProtectedFile.OwnerOnly, replace: true);

    private static void Write(string path, PublishedFile file)
    {
        using var stream = new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None, BufferSize = 0, UnixCreateMode = ProtectedFile.OwnerOnly });
        stream.Write(file.Content.Span);
        if ((file.Owner ?? file.Group) is not null && fchown(stream.SafeFileHandle.DangerousGetHandle().ToInt32(), file.Owner ?? uint.MaxValue, file.Group ?? uint.MaxValue) != 0)
            throw new UnauthorizedAccessException($"{file.Name} cannot be given to user {file.Owner} and group {file.Group}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}.");
        File.SetUnixFileMode(stream.SafeFileHandle, file.Mode); // after the owner: giving a file away takes set-id bits
        stream.Flush(flushToDisk: true);
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fchown(int descriptor, uint owner, uint group);
}

/// <summary>A file of a generation.</summary>
/// <param name="Name">Its name, without a directory.</param>
/// <param name="Content">Its bytes.</param>
/// <param name="Mode">Its mode.</param>
/// <param name="Owner">Whose it is; <see langword="null"/>: this process's user's.</param>
/// <param name="Group">Whose group's it is; <see langword="null"/>: this process's.</param>
public sealed record PublishedFile(string Name, ReadOnlyMemory<byte> Content, UnixFileMode Mode, uint? Owner, uint? Group);
