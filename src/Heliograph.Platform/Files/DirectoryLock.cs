// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Platform.Files;

/// <summary>Says which process is the one writer of a last-known-good directory: it holds the file <c>LOCK</c> open for as long as it lives.</summary>
/// <remarks>The system lets go of it when the process ends, however it ends. On Unix it is advisory, <c>flock(LOCK_EX)</c>: whoever comes this way honours it.</remarks>
public sealed class DirectoryLock : IDisposable
{
    /// <summary>Name of the file in the directory.</summary>
    public const string FileName = "LOCK";

    private const int TryAgain = 11, TryAgainDarwin = 35, SharingViolation = unchecked((int)0x80070020);

    private readonly FileStream _file;

    private DirectoryLock(FileStream file) => _file = file;

    /// <summary>Takes the lock, if it can be had.</summary>
    /// <param name="directory">An existing directory.</param>
    /// <param name="isHeld">Whether another process has it. If not, and there is no lock, the directory cannot be written.</param>
    /// <returns>The lock, or <see langword="null"/>.</returns>
    public static DirectoryLock? TryTake(string directory, out bool isHeld)
    {
        isHeld = false;
        try
        {
            return new(new FileStream(Path.Combine(directory, FileName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException failure)
        {
            isHeld = failure.HResult is TryAgain or TryAgainDarwin or SharingViolation;
            return null;
        }
        catch (UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
