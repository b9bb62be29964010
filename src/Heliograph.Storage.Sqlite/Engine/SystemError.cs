// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Storage.Sqlite.Engine;

/// <summary>What the operating system meant by an <see cref="IOException"/>: on Unix its HResult is the errno, on Windows it wraps the error code.</summary>
internal static class SystemError
{
    private const int TryAgain = 11, TryAgainDarwin = 35, NoSpace = 28, ReadOnlyFileSystem = 30, QuotaLinux = 122, QuotaDarwin = 69;
    private const int SharingViolation = unchecked((int)0x80070020), DiskFull = unchecked((int)0x80070070), WriteProtect = unchecked((int)0x80070013);

    public static bool IsHeld(IOException failure) => failure.HResult is TryAgain or TryAgainDarwin or SharingViolation;

    public static bool IsFull(IOException failure) => failure.HResult is NoSpace or DiskFull || failure.HResult == (OperatingSystem.IsLinux() ? QuotaLinux : QuotaDarwin);

    public static bool IsReadOnly(IOException failure) => failure.HResult is ReadOnlyFileSystem or WriteProtect;
}
