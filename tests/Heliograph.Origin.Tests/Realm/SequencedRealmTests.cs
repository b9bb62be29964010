// SPDX-License-Identifier: Apache-2.0
using System.Text.Json.Nodes;
using Heliograph.Core.Heads;
using Heliograph.Core.Merkle;
using Heliograph.Core.Replicas;
using Heliograph.Core.Sequencing;
using Heliograph.Core.State;
using Heliograph.Replication.Replicas;
using Xunit;
using static Heliograph.Origin.Tests.RunningOrigin;

namespace Heliograph.Origin.Tests.Realm;

public sealed class SequencedRealmTests
{
    private static readonly NamespaceName s_shop = NamespaceName.Parse("shop");

    [Fact]
    public async Task Every_version_is_proven_under_the_newest_head_and_credentials_are_never_served()
    {
        await using var origin = await RunningOrigin.StartAsync();
        await origin.SeedAsync("shop", ("a", "1"));
        using var realm = new SequencedRealm(origin.Host.Sequencer);
        using var verifier = new HeadVerifier(origin.Host.Anchor);

        foreach (var name in origin.Host.Sequencer.Current.State.Namespaces.Keys.Where(name => name != NamespaceName.Credentials))
        {
            var version = realm.Find(name)!;
            Assert.Null(new NamespaceReplica(name).CheckStored(version, verifier));
            Assert.Same(realm.NewestHead, version.Head);
            Assert.Same(version, realm.Find(name)); // once for a head, not for a reader
        }
        Assert.Null(realm.Find(NamespaceName.Credentials));
        Assert.Null(realm.Find(NamespaceName.Parse("none")));
    }

    [Fact]
    public async Task Changes_heads_and_ends_are_told_in_order()
    {
        await using var origin = await RunningOrigin.StartAsync();
        using var realm = new SequencedRealm(origin.Host.Sequencer);
        var heard = new Heard();
        using (realm.Observe(heard))
        {
            await origin.SeedAsync("shop", ("a", "1"));
            await SendAsync(origin.Admin, HttpMethod.Post, "/api/v1/tokens", new JsonObject { ["subject"] = "x" }, System.Net.HttpStatusCode.Created);
            await SendAsync(origin.Admin, HttpMethod.Patch, "/api/v1/namespaces/shop", new JsonObject { ["archived"] = true });
            await SendAsync(origin.Admin, HttpMethod.Delete, "/api/v1/namespaces/shop", expected: System.Net.HttpStatusCode.NoContent);
        }
        await origin.SeedAsync("later");

        Assert.Equal(["changed", "head", "changed", "head", "head", "changed", "head", "gone", "head"], heard.What);
        var revisions = heard.Heads.Select(head => head.Revision).ToList();
        Assert.Equal(revisions.Order(), revisions);
        var gone = Assert.Single(heard.Gone);
        Assert.True(MerkleProof.TryParse(gone.AbsenceProof.Span, out var proof, out var error), error);
        Assert.True(proof.VerifiesAbsence(gone.Head!.DirectoryRoot, RealmNamespace.DirectoryKeyOf(s_shop)));
    }

    [Fact]
    public async Task A_heartbeat_makes_a_fresher_version_of_the_same_content_with_the_same_proof()
    {
        await using var origin = await RunningOrigin.StartAsync(sequencing: new SequencerOptions { Heartbeat = TimeSpan.FromSeconds(1) });
        await origin.SeedAsync("shop", ("a", "1"));
        using var realm = new SequencedRealm(origin.Host.Sequencer);
        var before = realm.Find(s_shop)!;
        var heard = new Heard();
        using var observation = realm.Observe(heard);

        await heard.NextHead.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancel);

        var after = realm.Find(s_shop)!;
        using var verifier = new HeadVerifier(origin.Host.Anchor);
        Assert.True(after.Head.IssuedAt > before.Head.IssuedAt);
        Assert.True(before.Proof.Span.SequenceEqual(after.Proof.Span));
        Assert.Null(new NamespaceReplica(s_shop).CheckStored(after, verifier));
    }

    private sealed class Heard : INamespaceObserver
    {
        public List<string> What { get; } = [];

        public List<SignedHead> Heads { get; } = [];

        public List<NamespaceGone> Gone { get; } = [];

        public TaskCompletionSource NextHead { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void OnChanged(NamespaceVersion version) => What.Add("changed");

        public void OnHead(SignedHead head)
        {
            What.Add("head");
            Heads.Add(head);
            NextHead.TrySetResult();
        }

        public void OnGone(NamespaceGone gone)
        {
            What.Add("gone");
            Gone.Add(gone);
        }
    }
}
