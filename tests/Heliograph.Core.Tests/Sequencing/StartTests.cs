// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Log;
using Heliograph.Core.Sequencing;
using Heliograph.Core.State;
using Xunit;

namespace Heliograph.Core.Tests.Sequencing;

/// <summary>A start from a log of several pages: the store reads on while a page is applied.</summary>
public sealed class StartTests
{
    [Fact]
    public async Task A_start_applies_every_page_whatever_its_size()
    {
        await using var authority = await StoppedAsync();
        var (before, entries) = (authority.Sequencer.Current, authority.Store.Entries);
        for (var i = 0; i < 3; i++) authority.Store.NextReads.Enqueue(Page(authority, entries[i])); // the rest comes as one

        await authority.StartAsync();

        Assert.Equal(before.State.Tip, authority.Sequencer.Current.State.Tip);
        Assert.Equal(before.State.Directory.Root, authority.Sequencer.Current.State.Directory.Root);
        authority.CheckHead();
    }

    [Fact]
    public async Task An_entry_that_breaks_a_rule_is_told_also_if_the_page_behind_it_cannot_be_read()
    {
        await using var authority = await StoppedAsync();
        authority.Store.NextReads.Enqueue(Page(authority, authority.Store.Entries[1]));
        authority.Store.NextReads.Enqueue(new StoreAnswer<EntryPage>.Corrupt("Entry 3 does not have its hash."));

        var broken = await Assert.ThrowsAsync<BrokenLogException>(() => authority.StartAsync());

        Assert.Equal(2, broken.Sequence);
        Assert.Empty(authority.Store.NextReads); // nothing is left under way
    }

    [Fact]
    public async Task A_page_that_cannot_be_read_ends_the_start_though_the_one_before_it_was_good()
    {
        await using var authority = await StoppedAsync();
        authority.Store.NextReads.Enqueue(Page(authority, authority.Store.Entries[0]));
        authority.Store.NextReads.Enqueue(new StoreAnswer<EntryPage>.Corrupt("Entry 2 does not have its hash."));

        var lost = await Assert.ThrowsAsync<LogLostException>(() => authority.StartAsync());

        Assert.Contains("Entry 2 does not have its hash.", lost.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2 * (8 << 10))] // a few entries of it are kept
    [InlineData(64 << 20)]
    public async Task Past_contents_are_found_after_a_start_whether_or_not_they_were_kept(long historyBytes)
    {
        await using var authority = await StoppedAsync();
        authority.Options.HistoryBytesMax = historyBytes;

        await authority.StartAsync();

        foreach (var entry in authority.Store.Entries.Where(entry => entry.Content.ChangeSettings is not null))
        {
            var past = Assert.IsType<StoreAnswer<PastNamespace?>.Done>(await authority.Sequencer.History.FindAsync(Authority.Shop, entry.Revision.Sequence, Authority.Cancel)).Value!;
            var key = SettingRecord.KeyOf(SettingKey.Create("a"));
            Assert.True(past.Records.TryGet(key, out var record) && SettingRecord.TryParse(key, record.Span, out var setting) && setting.Value == entry.Content.RequestId);
        }
    }

    /// <summary>A log of 71 entries, whose origin has stopped.</summary>
    private static async Task<Authority> StoppedAsync()
    {
        var authority = new Authority();
        await authority.OpenShopAsync();
        for (var i = 0; i < 70; i++) Assert.IsType<SubmitResult.Committed>(await authority.PutAsync("a", $"r{i}", $"r{i}"));
        await authority.Sequencer.DisposeAsync();
        return authority;
    }

    private static StoreAnswer<EntryPage> Page(Authority authority, params LogEntry[] entries) => new StoreAnswer<EntryPage>.Done(new(entries, authority.Store.Tip));
}
