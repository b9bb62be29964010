// SPDX-License-Identifier: Apache-2.0
using System.Text;
using Heliograph.Client.Tests.Support;
using Heliograph.Platform.Trust;
using Heliograph.Protocol.Wire;
using Xunit;
using static Heliograph.Client.Tests.Support.TestClients;

namespace Heliograph.Client.Tests.Following;

/// <summary>A revision that the application refuses, with the real follower, files and report.</summary>
public sealed class RefusedRevisionTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("hlc-").FullName;
    private readonly TestRealm _realm = new(TimeProvider.System);

    public void Dispose()
    {
        _realm.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task It_is_reported_with_the_reason_and_a_restart_serves_the_revision_before_it_from_disk()
    {
        // Given a client that keeps what was good, and has been served two revisions
        _realm.Put("shop.basket", ("Max", "40"));
        await using var parent = new RealParent(_realm, _realm.Anchor, Path.Combine(_directory, "agent"));
        var second = default(Core.Replicas.NamespaceVersion);
        var third = default(Core.Replicas.NamespaceVersion);
        await using (var client = await HeliographClient.ConnectAsync(Options(), cancellationToken: Cancel))
        {
            var served = client.ServesAsync(Basket, new Revision(1, 2));
            second = _realm.Put("shop.basket", ("Max", "50"));
            await served;

            // When one comes that the application refuses
            third = _realm.Put("shop.basket", ("Max", "-1"));
            var told = await ReportedAsync(parent, third.Revision);

            // Then the fleet knows what runs, what is refused, and why
            Assert.Equal((2ul, "rejected", "Max must be positive."), (told.Revision.Sequence, told.Refusal.Code, told.Refusal.Detail));
            Assert.Equal("50", client.GetNamespace(Basket)?.GetString("Max"));
        }

        // When it starts again, with the refused one as the newest on its disk and at its parent
        await using var again = await HeliographClient.ConnectAsync(Options(), cancellationToken: Cancel);

        // Then it serves what it served before, without waiting longer than for the parent's word
        var status = again.GetStatus().Find(Basket)!;
        Assert.Equal((second.Revision, second.StateRoot, ViewOrigin.LastKnownGood, third.Revision), (status.Revision, status.StateRoot, status.Origin, status.Refused?.Revision));
        Assert.Equal("50", again.GetNamespace(Basket)?.GetString("Max"));
        Assert.Equal(2ul, (await ReportedAsync(parent, third.Revision)).Revision.Sequence);

        // And goes on with the next that is right
        var fourth = _realm.Put("shop.basket", ("Max", "60"));
        await again.ServesAsync(Basket, fourth.Revision);
    }

    [Fact]
    public async Task With_nothing_to_serve_the_start_fails_and_the_fleet_has_been_told()
    {
        var only = _realm.Put("shop.basket", ("Max", "0"));
        await using var parent = new RealParent(_realm, _realm.Anchor, Path.Combine(_directory, "agent"));
        var reported = ReportedAsync(parent, only.Revision);
        var options = Options();
        options.StartupWait = TimeSpan.FromSeconds(2);

        var error = await Assert.ThrowsAsync<HeliographUnavailableException>(() => HeliographClient.ConnectAsync(options, cancellationToken: Cancel));

        Assert.Contains("1.1 is rejected by the application's validation: Max must be positive.", error.Message, StringComparison.Ordinal);
        var told = await reported;
        Assert.Equal((0ul, "rejected"), (told.Revision.Sequence, told.Refusal.Code));
    }

    private HeliographClientOptions Options()
    {
        var options = new HeliographClientOptions { TrustBytes = Encoding.UTF8.GetBytes(TrustFile.ToJson(_realm.Anchor)), LastKnownGoodDirectory = Path.Combine(_directory, "lkg"), AllowSingleParent = true, StartupWait = TimeSpan.FromMinutes(1) };
        options.Parents.Add($"unix://{Path.Combine(_directory, "agent")}");
        options.Namespaces.Add(Basket);
        (options.Instance.Id, options.Instance.Service) = ("basket-1", "basket");
        options.Validators.Add(candidate => candidate.View.GetInt32("Max") > 0 ? [] : ["Max must be positive."]);
        return options;
    }

    /// <summary>What the parent is told of the instance, once it refuses a revision.</summary>
    private static async Task<InstanceStatus> ReportedAsync(RealParent parent, Revision refused)
    {
        var found = new TaskCompletionSource<InstanceStatus>(TaskCreationOptions.RunContinuationsAsynchronously);
        void Look()
        {
            if (parent.Reports.Snapshot().Namespaces.SelectMany(one => one.Instances).FirstOrDefault(one => one.Refusal?.Revision.Sequence == (ulong)refused.Sequence) is { } status) found.TrySetResult(status);
        }
        using var listening = parent.Reports.Observe(Look);
        Look();
        return await found.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
    }
}
