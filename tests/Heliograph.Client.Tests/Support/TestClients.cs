// SPDX-License-Identifier: Apache-2.0
using Heliograph.Client.Configuration;
using Heliograph.Core.Replicas;
using Heliograph.Platform.Trust;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Heliograph.Client.Tests.Support;

/// <summary>Clients over a replica driven by hand.</summary>
internal static class TestClients
{
    public static readonly NamespaceName Basket = NamespaceName.Parse("shop.basket"), Shared = NamespaceName.Parse("shop.shared");

    public static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Fills in what every client must be told.</summary>
    public static T Complete<T>(T options, TimeProvider time)
        where T : HeliographClientOptions
    {
        using var realm = new TestRealm(time);
        options.Parents.Add("unix:///run/agent.sock");
        options.Parents.Add("tcp://127.0.0.1:7070");
        options.TrustBytes = System.Text.Encoding.UTF8.GetBytes(TrustFile.ToJson(realm.Anchor));
        (options.Instance.Id, options.Instance.Service) = ("basket-1", "basket");
        options.Time = time;
        return options;
    }

    public static HeliographClientOptions Options(TimeProvider time, params NamespaceName[] namespaces)
    {
        var options = Complete(new HeliographClientOptions(), time);
        foreach (var name in namespaces) options.Namespaces.Add(name);
        return options;
    }

    public static HeliographClient Over(HandDrivenReplica replica, HeliographClientOptions options) =>
        new(options, _ => new(replica), NullLogger.Instance);

    /// <summary>A configuration source over the replica; selections are the caller's.</summary>
    public static HeliographConfigurationSource SourceOver(HandDrivenReplica replica, TimeProvider time, Action<HeliographConfigurationOptions> configure, Action<HeliographClient>? made = null)
    {
        var options = Complete(new HeliographConfigurationOptions(), time);
        configure(options);
        return new(options, () =>
        {
            var client = Over(replica, options);
            made?.Invoke(client);
            return client;
        });
    }

    /// <summary>Completes when whoever listened before this call has been told of the revision. Call it before the change is made.</summary>
    public static async Task ToldAsync(this HeliographClient client, Revision revision)
    {
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void Look(object? sender, NamespaceChangedEventArgs change)
        {
            if (change.NewRevision == revision) told.TrySetResult(); // listeners are told in the order in which they came
        }
        client.Changed += Look;
        await told.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        client.Changed -= Look;
    }

    /// <summary>A parent sends a version, and every listener hears of it.</summary>
    public static async Task ReceiveAsync(this HandDrivenReplica replica, NamespaceVersion version, HeliographClient client)
    {
        var told = client.ToldAsync(version.Revision);
        replica.Receive(version);
        await told;
    }

    /// <summary>Completes when the client serves the revision, which may be at once.</summary>
    public static async Task ServesAsync(this HeliographClient client, NamespaceName name, Revision revision)
    {
        var served = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void Look(object? sender, NamespaceChangedEventArgs change)
        {
            if (change.Name == name && change.NewRevision == revision) served.TrySetResult();
        }
        client.Changed += Look;
        if (client.GetNamespace(name)?.Revision == revision) served.TrySetResult();
        await served.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        client.Changed -= Look;
    }
}
