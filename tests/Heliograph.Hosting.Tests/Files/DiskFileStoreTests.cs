// SPDX-License-Identifier: Apache-2.0
using System.Text;
using Heliograph.Platform.Files;
using Heliograph.Replication.Ports;

namespace Heliograph.Hosting.Tests.Files;

public sealed class DiskFileStoreTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly DiskFileStore _store;

    public DiskFileStoreTests() => _store = new(_directory.Join("store"));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task What_was_written_in_parts_is_read_as_one()
    {
        // Given a file written in three parts, one of them empty
        await _store.CreateDirectoryAsync("a/b", Cancel);
        await _store.WriteAsync("a/b/file", [Bytes("one "), default, Bytes("two")], Cancel);
        await _store.FlushAsync("a/b/file", Cancel);
        await _store.FlushDirectoryAsync("a/b", Cancel);

        // When it is appended to and overwritten inside
        await _store.AppendAsync("a/b/file", Bytes(" three"), Cancel);
        await _store.WriteAtAsync("a/b/file", 4, Bytes("TWO"), Cancel);

        // Then
        Assert.Equal("one TWO three", await TextAsync("a/b/file"));
    }

    [Fact]
    public async Task Writing_anew_leaves_nothing_of_the_longer_file_before()
    {
        await _store.WriteAsync("file", [Bytes("a long text")], Cancel);
        await _store.WriteAsync("file", [Bytes("short")], Cancel);
        Assert.Equal("short", await TextAsync("file"));
    }

    [Fact]
    public async Task Appending_and_writing_inside_create_the_file()
    {
        await _store.AppendAsync("appended", Bytes("x"), Cancel);
        await _store.WriteAtAsync("inside", 2, Bytes("y"), Cancel);
        Assert.Equal("x", await TextAsync("appended"));
        Assert.Equal("\0\0y", await TextAsync("inside"));
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_null_and_an_empty_one_is_empty()
    {
        await _store.WriteAsync("empty", [], Cancel);
        Assert.Null(await _store.OpenAsync("missing", Cancel));
        Assert.Null(await _store.OpenAsync("no/such/directory", Cancel));
        using var empty = await _store.OpenAsync("empty", Cancel);
        Assert.True(empty!.Bytes.IsEmpty);
    }

    [Theory]
    [InlineData(DiskFileStore.CopyBytesMax)] // the last that is copied
    [InlineData(DiskFileStore.CopyBytesMax + 1)] // the first that is mapped
    [InlineData(3_000_000)]
    public async Task What_is_open_keeps_its_bytes_when_the_file_is_replaced_emptied_or_deleted(int size)
    {
        // Given an open file
        var original = Pattern(size, 1);
        await _store.WriteAsync("file", [original], Cancel);
        using var before = await _store.OpenAsync("file", Cancel);

        // When it is replaced by a rename, written anew in place, and deleted
        await _store.WriteAsync("other", [Pattern(size, 2)], Cancel);
        await _store.RenameAsync("other", "file", Cancel);
        using var renamed = await _store.OpenAsync("file", Cancel);
        await _store.WriteAsync("file", [Bytes("short")], Cancel);
        var rewritten = await TextAsync("file");
        await _store.DeleteAsync("file", Cancel);

        // Then every reader has what it opened
        Assert.True(before!.Bytes.Span.SequenceEqual(original));
        Assert.True(renamed!.Bytes.Span.SequenceEqual(Pattern(size, 2)));
        Assert.Equal("short", rewritten);
        Assert.Null(await _store.OpenAsync("file", Cancel));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(100_000)]
    public async Task After_dispose_the_bytes_are_refused_not_read(int size)
    {
        await _store.WriteAsync("file", [Pattern(size, 1)], Cancel);
        var content = await _store.OpenAsync("file", Cancel);
        content!.Dispose();
        Assert.Throws<ObjectDisposedException>(() => content.Bytes);
        content.Dispose(); // twice is once
    }

    [Fact]
    public async Task A_listing_is_ordered_ordinally_and_empty_where_nothing_is()
    {
        await _store.CreateDirectoryAsync("dir/sub", Cancel);
        string[] names = ["b", "a", "B", "10", "9"];
        foreach (var name in names) await _store.WriteAsync($"dir/{name}", [], Cancel);
        Assert.Equal(["10", "9", "B", "a", "b", "sub"], await _store.ListAsync("dir", Cancel));
        Assert.Equal(["dir"], await _store.ListAsync("", Cancel));
        Assert.Empty(await _store.ListAsync("missing", Cancel));
    }

    [Fact]
    public async Task Deleting_what_is_not_there_is_no_error()
    {
        await _store.DeleteAsync("missing", Cancel);
        await _store.DeleteAsync("no/such/directory", Cancel);
        Assert.Empty(await _store.ListAsync("", Cancel));
    }

    [Theory]
    [InlineData("../outside")]
    [InlineData("a/../../outside")]
    [InlineData("/etc/passwd")]
    [InlineData("a//b")]
    [InlineData("./a")]
    [InlineData("a/")]
    [InlineData("a\\b")]
    [InlineData("c:a")]
    [InlineData("a\0b")]
    public async Task A_path_that_could_leave_the_directory_is_refused(string path)
    {
        await Assert.ThrowsAsync<ArgumentException>(async () => await _store.WriteAsync(path, [Bytes("x")], Cancel));
        await Assert.ThrowsAsync<ArgumentException>(async () => await _store.OpenAsync(path, Cancel));
        await Assert.ThrowsAsync<ArgumentException>(async () => await _store.RenameAsync("fine", path, Cancel));
        Assert.Empty(await _store.ListAsync("", Cancel));
    }

    [Fact]
    public async Task Files_and_directories_get_the_modes_asked_for()
    {
        var narrow = new DiskFileStore(_directory.Join("narrow"), new() { FileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite, DirectoryMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute });
        await narrow.WriteAsync("file", [Bytes("x")], Cancel);
        await narrow.AppendAsync("log", Bytes("x"), Cancel);
        await _store.CreateDirectoryAsync("d", Cancel);
        await _store.WriteAsync("d/file", [Bytes("x")], Cancel);

        Assert.Equal("600", _directory.Mode("narrow/file"));
        Assert.Equal("600", _directory.Mode("narrow/log"));
        Assert.Equal("700", _directory.Mode("narrow"));
        Assert.Equal("640", _directory.Mode("store/d/file"));
        Assert.Equal("750", _directory.Mode("store/d"));
    }

    [Fact]
    public async Task A_failure_says_whose_turn_it_is()
    {
        // Given a directory where a file should be
        await _store.CreateDirectoryAsync("taken", Cancel);
        await _store.WriteAsync("file", [Bytes("x")], Cancel);

        // When, then
        var missing = await Assert.ThrowsAsync<FileStoreException>(async () => await _store.RenameAsync("nowhere", "else", Cancel));
        Assert.Equal(FileFault.Io, missing.Fault);
        var denied = await Assert.ThrowsAsync<FileStoreException>(async () => await _store.WriteAsync("taken", [Bytes("x")], Cancel));
        Assert.Equal(FileFault.Denied, denied.Fault);
        var notDirectory = await Assert.ThrowsAsync<FileStoreException>(async () => await _store.WriteAsync("file/below", [Bytes("x")], Cancel));
        Assert.Equal(FileFault.Io, notDirectory.Fault);
        await Assert.ThrowsAsync<FileStoreException>(async () => await _store.FlushAsync("nowhere", Cancel));
        await Assert.ThrowsAsync<FileStoreException>(async () => await _store.FlushDirectoryAsync("nowhere", Cancel));
    }

    [Fact]
    public async Task A_cancelled_call_does_nothing()
    {
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await _store.WriteAsync("file", [Bytes("x")], new CancellationToken(canceled: true)));
        Assert.Empty(await _store.ListAsync("", Cancel));
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static byte[] Pattern(int size, int seed)
    {
        var bytes = new byte[size];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private async Task<string> TextAsync(string path)
    {
        using var content = await _store.OpenAsync(path, Cancel);
        return Encoding.UTF8.GetString(content!.Bytes.Span);
    }
}
