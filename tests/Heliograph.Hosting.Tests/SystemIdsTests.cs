// SPDX-License-Identifier: Apache-2.0
using Heliograph.Platform;
using Heliograph.Platform.Files;
using Microsoft.Extensions.Time.Testing;

namespace Heliograph.Hosting.Tests;

public sealed class SystemIdsTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Request_ids_differ_and_are_ordered_by_time()
    {
        var time = new FakeTimeProvider();
        var ids = new SystemIds(time);
        var first = ids.NewRequestId();
        var same = ids.NewRequestId();
        time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.NotEqual(first, same);
        Assert.True(string.CompareOrdinal(first, ids.NewRequestId()) < 0);
        Assert.Matches("^[0-9a-f]{32}$", first);
    }

    [Fact]
    public async Task A_process_slot_keeps_its_instance_id()
    {
        var store = new DiskFileStore(_directory.Path);
        var first = await SystemIds.LoadOrCreateInstanceIdAsync(store, "instance", "web", Cancel);
        Assert.StartsWith("web-", first, StringComparison.Ordinal);
        Assert.Equal(first, await SystemIds.LoadOrCreateInstanceIdAsync(store, "instance", "web", Cancel));

        // and gets a new one if the file is damaged
        await store.WriteAtAsync("instance", 2, new byte[1], Cancel);
        Assert.NotEqual(first, await SystemIds.LoadOrCreateInstanceIdAsync(store, "instance", "web", Cancel));
        Assert.Throws<ArgumentException>(() => SystemIds.NewInstanceId("two words"));
    }
}
