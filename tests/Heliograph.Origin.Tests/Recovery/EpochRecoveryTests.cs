// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Text.Json.Nodes;
using Heliograph.Core.Heads;
using Heliograph.Platform.Trust;
using Xunit;
using static Heliograph.Origin.Tests.RunningOrigin;

namespace Heliograph.Origin.Tests.Recovery;

/// <summary>A realm whose log has lost its end for good goes on in a new epoch, with real files, and only if its recovery keys say so.</summary>
public sealed class EpochRecoveryTests : IDisposable
{
    private readonly RecoveryScene _scene = new();

    public EpochRecoveryTests() => _scene.Found("origin");

    [Fact]
    public async Task An_old_backup_goes_on_in_the_epoch_that_recovery_keys_signed()
    {
        var (old, lost) = await LoseTheEndAsync();
        Assert.Contains("entries are missing", (await _scene.RestoreAsync("origin", ["old.backup"])).Unproven, StringComparison.Ordinal);
        var proposal = await _scene.ProposeAsync("origin");
        Assert.Equal((2, old, (ulong)lost.Sequence), (proposal.Transition.Epoch, proposal.Transition.Base, proposal.Transition.Content.DiscardedUpTo));
        Assert.Contains("entries are missing", proposal.Unproven, StringComparison.Ordinal);

        var report = await _scene.Recovery("origin").ApplyAsync(_scene.Signed(proposal.Transition, "rescue-1", "rescue-2"), _ => { }, Cancel);
        Assert.Equal((new Revision(2, old.Sequence + 1), old, false), (report.Revision, report.Base, report.WasThere));
        await using var origin = await _scene.StartAsync();
        var (state, head) = origin.Host.Sequencer.Current;
        Assert.Equal((report.Revision, report.Revision), (state.Revision, head!.Revision));
        Assert.All(state.Namespaces.Values, it => Assert.Equal(report.Revision, it.Revision));
        await RecoveryScene.ChangeAsync(origin, 3);
        Assert.Equal(new Revision(2, old.Sequence + 4), origin.Host.Sequencer.Current.State.Revision);
    }

    [Fact]
    public async Task What_was_discarded_is_no_revision_of_the_log_any_more_and_what_was_before_is_one_still()
    {
        var (old, lost) = await LoseTheEndAsync();
        await _scene.RestoreAsync("origin", ["old.backup"]);
        await _scene.RecoverAsync("origin");
        await using var origin = await _scene.StartAsync();
        await RecoveryScene.ChangeAsync(origin, 20); // the sequences of what was discarded are in use again

        var now = origin.Host.Sequencer.Current.State.Revision;
        Assert.True(now.Sequence > lost.Sequence);
        Assert.Contains($"There is no revision {lost}", await RollBackAsync(origin, lost, HttpStatusCode.BadRequest), StringComparison.Ordinal);
        using (var diff = await origin.Admin.GetAsync(new Uri($"/api/v1/namespaces/shop/diff?from={lost}", UriKind.Relative), Cancel)) Assert.Equal(HttpStatusCode.BadRequest, diff.StatusCode);
        using (var diff = await origin.Admin.GetAsync(new Uri($"/api/v1/namespaces/shop/diff?from={old}", UriKind.Relative), Cancel)) Assert.Equal(HttpStatusCode.OK, diff.StatusCode);
        await RollBackAsync(origin, old, HttpStatusCode.OK);
        var newest = (await HistoryAsync(origin, "/api/v1/namespaces/shop/history"))[0]!;
        Assert.Equal(("rollback", old.ToString()), ((string)newest["kind"]!, (string)newest["rolledBackTo"]!));

        var began = Assert.Single(await HistoryAsync(origin, "/api/v1/history"), item => (string)item!["kind"]! == "epoch")!;
        Assert.Equal(("the disk is gone", $"2.{old.Sequence + 1}"), ((string)began["message"]!, (string)began["revision"]!));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Interrupted_before_any_step_no_origin_starts_and_the_same_call_goes_on(bool inPlace)
    {
        var (old, _) = await LoseTheEndAsync(inPlace);
        if (inPlace) Assert.False((await _scene.StateAsync("origin")).Signs); // a disk that went back in time
        else await _scene.RestoreAsync("origin", ["old.backup"]);
        var signed = _scene.Signed((await _scene.ProposeAsync("origin")).Transition, "rescue-1", "rescue-2");
        var steps = new List<string>();
        while (true)
        {
            try
            {
                var report = await _scene.Recovery("origin", step =>
                {
                    if (steps.Contains(step)) return;
                    steps.Add(step);
                    throw new InterruptedException();
                }).ApplyAsync(signed, _ => { }, Cancel);
                Assert.Equal((new Revision(2, old.Sequence + 1), true), (report.Revision, report.WasThere));
                break;
            }
            catch (InterruptedException)
            {
                if (steps.Count == 1) continue; // nothing was touched
                Assert.Contains("'helio recover'", (await Assert.ThrowsAnyAsync<IOException>(() => _scene.StateAsync("origin"))).Message, StringComparison.Ordinal);
            }
        }
        Assert.Equal(["forbid origins", "append", "verify", "trust", "mark", "release", "allow origins"], steps);
        Assert.Equal((new Revision(2, old.Sequence + 1), true), ((await _scene.StateAsync("origin")).Revision, (await _scene.StateAsync("origin")).Signs));
        Assert.True((await _scene.Recovery("origin").ApplyAsync(signed, _ => { }, Cancel)).WasThere); // and once more does no harm
        Assert.True((await _scene.StateAsync("origin")).Signs);
    }

    [Fact]
    public async Task What_too_few_have_signed_or_was_proposed_on_another_log_changes_nothing()
    {
        await LoseTheEndAsync();
        await _scene.RestoreAsync("origin", ["old.backup"]);
        var transition = (await _scene.ProposeAsync("origin")).Transition;
        await RefusedAsync("origin", _scene.Signed(transition, "rescue-1"), "signed by 1 recovery keys");
        await RefusedAsync("origin", _scene.Signed(transition, "rescue-1", "root"), "signed by 1 recovery keys");
        var early = transition.Content.Clone();
        early.IssuedAtMs += 2 * 86_400_000;
        await RefusedAsync("origin", _scene.Signed(SignedTransition.Propose(early), "rescue-1", "rescue-2"), "a clock is wrong");
        var other = transition.Content.Clone();
        other.BaseHash = Google.Protobuf.ByteString.CopyFrom(new byte[32].Select(_ => (byte)7).ToArray());
        await RefusedAsync("origin", _scene.Signed(SignedTransition.Propose(other), "rescue-1", "rescue-2"), "proposed on another history");

        await _scene.RestoreAsync("origin", ["old.backup", "newer.backup"]); // the end was found after all
        Assert.Equal(1, TrustFile.LoadTrust(Path.Combine(_scene.PathOf("origin"), "trust.json")).Epochs.Epoch);
        await RefusedAsync("origin", _scene.Signed(transition, "rescue-1", "rescue-2"), "It holds more than was to stay");
        var (revision, _, signs) = await _scene.StateAsync("origin");
        Assert.Equal((1, true), (revision.Epoch, signs));
    }

    [Fact]
    public async Task A_restore_that_has_not_come_to_its_end_is_nothing_to_go_on_from()
    {
        await LoseTheEndAsync();
        await Assert.ThrowsAsync<InterruptedException>(() => _scene.RestoreAsync("origin", ["old.backup"], probe: step =>
        {
            if (step == "verify") throw new InterruptedException();
        }));
        Assert.Contains("has not come to its end", (await Assert.ThrowsAsync<IOException>(() => _scene.ProposeAsync("origin"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_realm_without_recovery_keys_and_a_directory_without_a_log_say_what_is_to_be_done()
    {
        await using (await _scene.StartAsync("plain")) { }
        Assert.Contains("names no recovery keys", (await Assert.ThrowsAsync<IOException>(() => _scene.ProposeAsync("plain"))).Message, StringComparison.Ordinal);
        Assert.Contains("holds no log", (await Assert.ThrowsAsync<IOException>(() => _scene.ProposeAsync("origin"))).Message, StringComparison.Ordinal);
        Assert.Contains("holds no trust.json", (await Assert.ThrowsAsync<IOException>(() => _scene.ProposeAsync("nowhere"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_log_of_another_epoch_than_the_trust_file_proves_is_served_and_nothing_is_signed_over_it()
    {
        var (old, _) = await LoseTheEndAsync();
        _scene.CopyAll("origin", "asleep"); // without its log, which a backup gives back whole
        await _scene.RestoreAsync("asleep", ["newer.backup"]);
        await _scene.RestoreAsync("origin", ["old.backup"]);
        await _scene.RecoverAsync("origin");

        File.Copy(Path.Combine(_scene.PathOf("origin"), "trust.json"), Path.Combine(_scene.PathOf("asleep"), "trust.json"), overwrite: true);
        await SignsNothingAsync("asleep", "Epoch 1 has ended");
        File.Copy(Path.Combine(_scene.PathOf("old-trust"), "trust.json"), Path.Combine(_scene.PathOf("origin"), "trust.json"), overwrite: true);
        await SignsNothingAsync("origin", $"begins epoch 2 at 2.{old.Sequence + 1}, which the trust file does not prove");
    }

    [Fact]
    public async Task A_backup_of_the_new_epoch_is_restored_and_the_mark_of_the_ended_one_does_not_count_against_it()
    {
        await LoseTheEndAsync();
        _scene.CopyOrigin("origin", "second", "trust.json", "head-key.pem", "access-keys.key", "admin.token", "head.hw"); // its mark is of the epoch that ends
        await _scene.RestoreAsync("origin", ["old.backup"]);
        await _scene.RecoverAsync("origin");
        await using (var origin = await _scene.StartAsync())
        {
            await RecoveryScene.ChangeAsync(origin, 5);
            await _scene.BackUpAsync(origin, "new.backup");
        }
        Assert.Null((await _scene.RestoreAsync("second", ["new.backup"])).Unproven); // and its trust file has grown by what the backup proves
        var (before, after) = (await _scene.StateAsync("origin"), await _scene.StateAsync("second"));
        Assert.Equal((before.Revision, before.Content, true), after);

        _scene.CopyOrigin("origin", "third", "head-key.pem", "access-keys.key", "admin.token");
        Directory.Move(_scene.PathOf("third"), _scene.PathOf("keys"));
        Assert.Contains("Nothing proves", (await _scene.RestoreAsync("third", ["new.backup"])).Unproven, StringComparison.Ordinal); // from nothing
        Assert.Equal(2, TrustFile.LoadTrust(Path.Combine(_scene.PathOf("third"), "trust.json")).Epochs.Epoch);
        Assert.Contains("what was discarded", (await Assert.ThrowsAsync<Heliograph.Core.LogFiles.LogFileException>(() => _scene.RestoreAsync("third", ["newer.backup"]))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_epoch_ends_after_another()
    {
        await LoseTheEndAsync();
        await _scene.RestoreAsync("origin", ["old.backup"]);
        var second = await _scene.RecoverAsync("origin");
        await using (var origin = await _scene.StartAsync()) await RecoveryScene.ChangeAsync(origin, 5);
        _scene.LoseLog("origin");
        await _scene.RestoreAsync("origin", ["old.backup"]); // once more the oldest: both epochs are discarded, as far as they go beyond
        var proposal = await _scene.ProposeAsync("origin");
        Assert.Equal((3, second.Base, (ulong)second.Revision.Sequence + 5), (proposal.Transition.Epoch, proposal.Transition.Base, proposal.Transition.Content.DiscardedUpTo));
        var third = await _scene.Recovery("origin").ApplyAsync(_scene.Signed(proposal.Transition, "rescue-2", "rescue-1"), _ => { }, Cancel);
        Assert.Equal(new Revision(3, second.Revision.Sequence), third.Revision);
        Assert.True((await _scene.StateAsync("origin")).Signs);
    }

    public void Dispose() => _scene.Dispose();

    /// <summary>Makes 20 changes that are in a backup, and 10 that are not (but in another, which the scene keeps); then the log is gone, or as it was before those.</summary>
    private async Task<(Revision Old, Revision Lost)> LoseTheEndAsync(bool keepsOldLog = false)
    {
        var old = await _scene.MakeAsync(20, "old.backup");
        _scene.CopyAll("origin", "before");
        var newer = await _scene.MakeAsync(10, "newer.backup");
        _scene.LoseLog("origin");
        _scene.CopyOrigin("origin", "old-trust", "trust.json");
        if (keepsOldLog) File.Copy(Path.Combine(_scene.PathOf("before"), "log.db"), Path.Combine(_scene.PathOf("origin"), "log.db"));
        return (old.Revision, newer.Revision);
    }

    private async Task RefusedAsync(string data, SignedTransition transition, string says) =>
        Assert.Contains(says, (await Assert.ThrowsAsync<IOException>(() => _scene.Recovery(data, step => Assert.Fail($"'{step}' was begun")).ApplyAsync(transition, _ => { }, Cancel))).Message, StringComparison.Ordinal);

    private async Task SignsNothingAsync(string data, string says)
    {
        await using var origin = await _scene.StartAsync(data);
        Assert.Null(origin.Host.Sequencer.Current.Head);
        Assert.Contains(says, origin.Host.Sequencer.ReadOnlyReason, StringComparison.Ordinal);
    }

    private static async Task<string> RollBackAsync(RunningOrigin origin, Revision to, HttpStatusCode expected) =>
        (await SendAsync(origin.Admin, HttpMethod.Post, "/api/v1/namespaces/shop/rollback", new JsonObject { ["to"] = to.ToString() }, expected)).ToJsonString();

    private static async Task<JsonArray> HistoryAsync(RunningOrigin origin, string path) =>
        JsonNode.Parse(await origin.Admin.GetStringAsync(new Uri(path, UriKind.Relative), Cancel))!["items"]!.AsArray();

    private sealed class InterruptedException : Exception;
}
