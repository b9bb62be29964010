// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using Heliograph.Core.Log;
using Heliograph.Core.Merkle;
using Heliograph.Core.Sequencing;
using Heliograph.Core.State;
using Heliograph.Core.Tests.Log;
using Heliograph.Core.Tests.Sequencing;
using Xunit;

namespace Heliograph.Core.Tests.State;

/// <summary>The same log gives the same roots everywhere, and the same submissions the same log.</summary>
public sealed class GoldenStateTests
{
    private static readonly JsonElement s_golden =
        JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "State", "golden-state.json"))).RootElement;

    private static readonly List<JsonElement> s_entries = [.. s_golden.GetProperty("entries").EnumerateArray()];

    [Fact]
    public void Each_entry_leads_to_the_state_root_and_directory_root_of_the_golden_vectors()
    {
        var state = RealmState.Empty(GoldenLog.Anchor.LogId);
        foreach (var golden in s_entries)
        {
            var entry = Read(golden);
            state = state.Apply(entry);

            Assert.Equal(GoldenLog.Text(golden, "hash"), entry.Hash.ToString());
            Assert.Equal(GoldenLog.Text(golden, "directory_root"), state.Directory.Root.ToString());
            Assert.Equal(golden.GetProperty("state_root").GetString(), state.Find(NamespaceName.Parse(entry.Content.Namespace))?.StateRoot.ToString());
        }
    }

    [Fact]
    public void However_the_log_is_cut_into_pages_the_state_is_the_same()
    {
        var entries = s_entries.Select(Read).ToList();
        for (var cut = 0; cut <= entries.Count; cut++)
        {
            var state = RealmState.Empty(GoldenLog.Anchor.LogId).Apply(entries[..cut]).Apply(entries[cut..]);
            Assert.Equal(GoldenLog.Text(s_entries[^1], "directory_root"), state.Directory.Root.ToString());
            Assert.Equal(entries[^1].Hash, state.Tip.Hash);
        }
    }

    [Fact]
    public async Task The_sequencer_writes_the_golden_log_for_the_golden_submissions_and_signs_the_golden_head()
    {
        await using var authority = new Authority(GoldenLog.Anchor);
        authority.Time.SetUtcNow(DateTimeOffset.FromUnixTimeMilliseconds(s_golden.GetProperty("start_ms").GetInt64()));
        var sequencer = await authority.StartAsync();
        var shop = Authority.Shop;
        IReadOnlyList<KeyValuePair<string, string>> tags = [new("owner", "basket"), new("tier", "1")];
        var one = Setting.Of("a", "1");
        Submission[] submissions =
        [
            new Submission.Create(shop, "The shop", "ann", "r1"),
            new Submission.Change(new Changeset(shop,
            [
                new SettingOperation.Put(new Setting(SettingKey.Create("b", "dev"), "2", "text/plain", tags)),
                new SettingOperation.Delete(SettingKey.Create("zz")),
                new SettingOperation.Put(one, new Precondition.Absent()),
            ], "first"), "ann", "r2"),
            new Submission.Change(new Changeset(shop,
            [
                new SettingOperation.Delete(SettingKey.Create("b", "dev"), new Precondition.Exists()),
                new SettingOperation.Put(Setting.Of("a", "10"), new Precondition.Matches(SettingRecord.ContentHash(SettingRecord.ValueOf(one)))),
            ], "", new Revision(1, 4)), "bob", "r3"),
            new Submission.Rollback(shop, new Revision(1, 4), null, "bob", "r4", "back"),
            new Submission.Alter(shop, true, null, "ann", "r5"),
            new Submission.Delete(shop, "ann", "r6"),
            new Submission.Create(shop, "", "ann", "r7"),
            new Submission.Change(new Changeset(shop, [new SettingOperation.Put(new Setting(SettingKey.Create("x"), "", null, [], Description: "why", Marks: SettingMarks.NoValue))]), "ann", "r8"),
            new Submission.Alter(shop, null, null, "ann", "r9") { IsStamped = true },
            new Submission.Change(new Changeset(shop, [new SettingOperation.Put(Setting.Of("y", "1"))]), "ann", "r10"),
            new Submission.CreateSnapshot(shop, "release", new Revision(1, 12), "ann", "r11")
            {
                Definition = "{}"u8.ToArray(),
                Settings = 1,
                Bytes = 2,
                ContentHash = MerkleMap.Empty.Set(SettingRecord.KeyOf(SettingKey.Create("y")), SettingRecord.ValueOf(Setting.Of("y", "1"))).Root,
                RetentionSeconds = 3_600,
                AskedAtMs = 0,
            },
            new Submission.AlterSnapshot(shop, "release", Archived: true, ExpectedSequence: null, AskedAtMs: 0, "ann", "r12"),
            new Submission.Change(new Changeset(shop, [new SettingOperation.Put(Setting.Of("y", "10"))]), "ann", "r13"),
            new Submission.Pin(shop, new Revision(1, 14), null, "carl", "r14", "bad prices"),
            new Submission.Unpin(shop, Restores: true, null, "carl", "r15"),
            new Submission.Pin(shop, new Revision(1, 17), new Revision(1, 17), "carl", "r16", "hold"),
        ];
        foreach (var submission in submissions)
        {
            authority.Time.Advance(TimeSpan.FromSeconds(1));
            Assert.IsType<SubmitResult.Committed>(await sequencer.SubmitAsync(submission, TestContext.Current.CancellationToken));
        }

        Assert.Equal(s_entries.Select(golden => GoldenLog.Text(golden, "bytes")), authority.Store.Entries.Select(entry => Convert.ToHexStringLower(entry.Bytes.Span)));
        Assert.Equal(GoldenLog.Text(s_golden, "head"), Convert.ToHexStringLower(sequencer.Current.Head!.HeadBytes.Span));
    }

    private static LogEntry Read(JsonElement golden) => LogEntry.TryParse(GoldenLog.Bytes(golden, "bytes"), out var entry, out var error) ? entry : throw new FormatException(error);
}
