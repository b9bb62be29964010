// SPDX-License-Identifier: Apache-2.0
using Heliograph.Platform.Files;
using Heliograph.Replication.Ports;

namespace Heliograph.Hosting.Tests.Files;

public sealed class FullAndReadOnlyDiskTests : IDisposable
{
    private const string NeedsRoot = "Only root can mount the file system that this needs.";

    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_full_disk_is_told_as_such_and_what_was_there_stays()
    {
        Assert.SkipUnless(MountedFileSystem.IsPossible, NeedsRoot);
        using var disk = new MountedFileSystem(_directory.Join("disk"), "size=256k");
        var store = new DiskFileStore(_directory.Join("disk"));
        await store.WriteAsync("kept", [new byte[1_000]], Cancel);

        // When more is written than there is room for, whole, appended and inside
        var big = new byte[1 << 20];
        FileStoreException[] failures =
        [
            await Assert.ThrowsAsync<FileStoreException>(async () => await store.WriteAsync("new", [big], Cancel)),
            await Assert.ThrowsAsync<FileStoreException>(async () => await store.AppendAsync("log", big, Cancel)),
            await Assert.ThrowsAsync<FileStoreException>(async () => await store.WriteAtAsync("inside", 10, big, Cancel)),
        ];

        // Then
        Assert.All(failures, failure => Assert.Equal(FileFault.Full, failure.Fault));
        using var kept = await store.OpenAsync("kept", Cancel);
        Assert.Equal(1_000, kept!.Bytes.Length);
    }

    [Fact]
    public async Task A_read_only_disk_is_told_as_such_and_can_still_be_read()
    {
        Assert.SkipUnless(MountedFileSystem.IsPossible, NeedsRoot);
        using var disk = new MountedFileSystem(_directory.Join("disk"), "size=256k");
        var store = new DiskFileStore(_directory.Join("disk"));
        await store.WriteAsync("kept", [new byte[1_000]], Cancel);
        disk.MakeReadOnly();

        FileStoreException[] failures =
        [
            await Assert.ThrowsAsync<FileStoreException>(async () => await store.WriteAsync("new", [new byte[1]], Cancel)),
            await Assert.ThrowsAsync<FileStoreException>(async () => await store.AppendAsync("kept", new byte[1], Cancel)),
            await Assert.ThrowsAsync<FileStoreException>(async () => await store.RenameAsync("kept", "gone", Cancel)),
            await Assert.ThrowsAsync<FileStoreException>(async () => await store.DeleteAsync("kept", Cancel)),
            await Assert.ThrowsAsync<FileStoreException>(async () => await store.CreateDirectoryAsync("dir", Cancel)),
        ];

        Assert.All(failures, failure => Assert.Equal(FileFault.ReadOnly, failure.Fault));
        using var kept = await store.OpenAsync("kept", Cancel);
        Assert.Equal(1_000, kept!.Bytes.Length);
    }

    [Fact]
    public async Task A_directory_that_may_not_be_written_denies()
    {
        Assert.SkipWhen(Environment.IsPrivilegedProcess, "Modes do not stop root.");
        var store = new DiskFileStore(_directory.Join("store"));
        _directory.SetMode("store", "500");
        var failure = await Assert.ThrowsAsync<FileStoreException>(async () => await store.WriteAsync("new", [new byte[1]], Cancel));
        _directory.SetMode("store", "700");
        Assert.Equal(FileFault.Denied, failure.Fault);
    }
}
