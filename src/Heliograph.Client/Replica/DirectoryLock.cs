// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Client.Replica;

/// <summary>Says which process is the one writer of a last-known-good directory: it holds the file <c>LOCK</c> open for as long as it lives.</summary>
internal sealed class DirectoryLock : IDisposable
{
    private readonly FileStream _file;

    private DirectoryLock(FileStream file) => _file = file;

    /// <summary>Takes the lock, or gives <see langword="null"/> if another process has it or the directory cannot be written.</summary>
    public static DirectoryLock? TryTake(string directory)
    {
        try
        {
            return new(new FileStream(Path.Combine(directory, "LOCK"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null; // a reader changes nothing, and starts all the same
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
