// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Access;
using static Heliograph.AppConfiguration.Tests.SignedClient;

namespace Heliograph.AppConfiguration.Tests;

/// <summary>A parent that gives false reader keys: none is used, and a good one stays.</summary>
public sealed class ReaderKeyTrustTests
{
    [Fact]
    public async Task A_hostile_parents_key_is_refused_and_the_good_one_stays()
    {
        await using var face = await RunningFace.StartAsync();
        await face.LetLoopbackReadAsync();
        using var parent = new HostileParent($"{face.Directory}/parent.sock", face.Sync.LocalPath) { IsLying = false };
        await using (var honest = await face.StartAgentAsync(parent.Address))
        await using (var edge = await face.StartEdgeAsync(honest))
            await UntilAsync(async () => await CodeAsync(face, edge, null) == 200);
        var kept = await File.ReadAllTextAsync(KeysOf(face), RunningFace.Cancel);

        // When the parent begins to lie
        parent.IsLying = true;
        await using var agent = await face.StartAgentAsync(parent.Address);
        await using var again = await face.StartEdgeAsync(agent);
        using var want = agent.Follower.Want(RunningFace.Store);
        await UntilAsync(() => Task.FromResult(parent.Forged > 0));

        // Then the client is known as before, whoever knows the false key is not, and the file holds what it held
        Assert.Equal(200, await CodeAsync(face, again, null));
        Assert.Equal(401, await CodeAsync(face, again, ForgedSecret(face)));
        Assert.Equal(kept, await File.ReadAllTextAsync(KeysOf(face), RunningFace.Cancel));
    }

    [Fact]
    public async Task An_agent_that_knows_only_a_hostile_parent_knows_nobody_until_an_honest_one_comes()
    {
        await using var face = await RunningFace.StartAsync();
        await face.LetLoopbackReadAsync();
        using var parent = new HostileParent($"{face.Directory}/parent.sock", face.Sync.LocalPath);
        await using (var agent = await face.StartAgentAsync(parent.Address))
        await using (var edge = await face.StartEdgeAsync(agent))
        {
            using var want = agent.Follower.Want(RunningFace.Store);
            await UntilAsync(() => Task.FromResult(parent.Forged > 0 && agent.Follower.Find(RunningFace.Store) is not null));
            Assert.Equal(401, await CodeAsync(face, edge, null));
            Assert.Equal(401, await CodeAsync(face, edge, ForgedSecret(face)));
            Assert.False(File.Exists(KeysOf(face)));
        }
        parent.IsLying = false;
        await using var better = await face.StartAgentAsync(parent.Address);
        await using var known = await face.StartEdgeAsync(better);
        await UntilAsync(async () => await CodeAsync(face, known, null) == 200);
    }

    [Fact]
    public async Task A_relay_passes_on_no_key_that_the_realm_does_not_name()
    {
        await using var face = await RunningFace.StartAsync();
        await face.LetLoopbackReadAsync();
        using var parent = new HostileParent($"{face.Directory}/origin2.sock", face.Sync.LocalPath);
        await using var relay = await face.StartRelayAsync(parent.Address);
        await using var agent = await face.StartAgentAsync(RunningFace.AddressOf(relay));
        await using var edge = await face.StartEdgeAsync(agent);
        using var want = agent.Follower.Want(RunningFace.Store);
        await UntilAsync(() => Task.FromResult(parent.Forged > 0 && agent.Follower.Find(RunningFace.Store) is not null));
        Assert.Equal(401, await CodeAsync(face, edge, ForgedSecret(face)));
        Assert.False(File.Exists(Path.Combine(face.Directory, "relay", "reader-keys")));
        Assert.False(File.Exists(KeysOf(face)));
    }

    private static string KeysOf(RunningFace face) => Path.Combine(face.Directory, "agent", "reader-keys");

    private static ReadOnlyMemory<byte> ForgedSecret(RunningFace face) =>
        AccessKeyDerivation.Key(HostileParent.Key, face.ReadKey.Id, new AccessKeyRecord(RunningFace.Store.Value, "read", 1, 2, default), RunningFace.Store).Secrets[0];

    private static async Task<int> CodeAsync(RunningFace face, AppConfigurationHost edge, ReadOnlyMemory<byte>? secret)
    {
        using var client = new SignedClient(new Uri($"http://{edge.Endpoints.Of(Hosting.Listening.ListenProtocol.Http).Address}"), face.ReadKey, secret);
        return (await client.SendAsync("GET", $"/kv?{Newest}")).Code;
    }

    /// <summary>Asks again until it is so; the test's own deadline bounds it.</summary>
    private static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(RunningFace.Cancel);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        while (!await isSo()) await Task.Delay(50, limit.Token);
    }
}
