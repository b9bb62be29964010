// SPDX-License-Identifier: Apache-2.0
using Heliograph.Client.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xunit;
using static Heliograph.Client.Tests.Support.TestClients;

namespace Heliograph.Client.Tests.Configuration;

/// <summary>What the health check makes of a status.</summary>
public sealed class HealthCheckTests
{
    private static readonly NamespaceStatus Live = new(Basket, new Revision(1, 2), Hash256.Zero, ViewOrigin.Live, false, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, null);

    private static readonly NamespaceStatus Missing = Live with { Revision = Revision.None, Origin = ViewOrigin.None, IsStale = true, Trouble = "not_authorized: it may not be read" };

    public static TheoryData<string, string, string> Cases => new()
    {
        { "live", "Healthy", "Every namespace is live." },
        { "stale", "Degraded", "shop.basket: 1.2, stale" },
        { "last-known-good", "Degraded", "shop.basket: 1.2, last-known-good" },
        { "refused", "Degraded", "shop.basket: 1.2 (1.3 is rejected by the application's validation: no)" },
        { "pinned", "Degraded", "shop.basket: 1.2, pinned" },
        { "missing", "Unhealthy", "Not there: shop.basket: not there (not_authorized: it may not be read)" },
        { "missing, optional", "Degraded", "shop.basket: not there (not_authorized: it may not be read)" },
        { "stale for long", "Unhealthy", "Nothing fresh was heard for 01:00:00; 00:30:00 are allowed." },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task It_degrades_with_older_values_and_fails_without_any(string what, string health, string description)
    {
        var one = what switch
        {
            "stale" or "stale for long" => Live with { IsStale = true },
            "last-known-good" => Live with { Origin = ViewOrigin.LastKnownGood },
            "refused" => Live with { Refused = new(new Revision(1, 3), "rejected", "no"), Trouble = "1.3 is rejected by the application's validation: no" },
            "pinned" => Live with { PinnedTo = Live.Revision },
            "missing" => Missing,
            "missing, optional" => Missing with { IsOptional = true },
            _ => Live,
        };
        var staleness = what == "stale for long" ? new Staleness(true, DateTimeOffset.UnixEpoch, TimeSpan.FromHours(1), null) : new Staleness(one.IsStale, null, TimeSpan.FromSeconds(1), null);
        await using var services = new ServiceCollection().AddLogging().AddSingleton<IHeliographStatus>(new Fixed(new(staleness, "unix:///agent", [one])))
            .AddHealthChecks().AddHeliograph(unhealthyAfter: TimeSpan.FromMinutes(30)).Services.BuildServiceProvider();

        var report = await services.GetRequiredService<HealthCheckService>().CheckHealthAsync(Cancel);

        var entry = Assert.Single(report.Entries, pair => pair.Key == "heliograph").Value;
        Assert.Equal((health, description), (entry.Status.ToString(), entry.Description));
        Assert.Equal("unix:///agent", entry.Data["parent"]);
    }

    private sealed class Fixed(ClientStatus status) : IHeliographStatus
    {
        public ClientStatus Current => status;

        public event EventHandler<NamespaceChangedEventArgs>? Applied { add { } remove { } }

        public event EventHandler<RevisionRefusedEventArgs>? Refused { add { } remove { } }

        public event EventHandler<StalenessChangedEventArgs>? StalenessChanged { add { } remove { } }
    }
}
