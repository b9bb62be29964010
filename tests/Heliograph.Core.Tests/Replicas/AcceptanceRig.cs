// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Heads;
using Heliograph.Core.Replicas;
using Heliograph.Testing;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Heliograph.Core.Tests.Replicas;

/// <summary>A realm that signs, and a replica of one of its namespaces that judges. Every refusal is checked to have changed nothing.</summary>
internal sealed class AcceptanceRig : IDisposable
{
    public static readonly NamespaceName Shop = NamespaceName.Parse("shop.cart");
    public static readonly NamespaceName Other = NamespaceName.Parse("shop.other");

    /// <summary>What the origin's clock shows at the beginning.</summary>
    public static readonly DateTimeOffset Start = new(2026, 3, 4, 5, 6, 7, TimeSpan.Zero);

    private readonly HeadVerifier _verifier;

    /// <param name="localTime">What the follower's clock shows while the origin's is right; <see langword="null"/>: the same.</param>
    public AcceptanceRig(DateTimeOffset? localTime = null)
    {
        LocalClock = localTime is null ? Clock : new FakeTimeProvider(localTime.Value);
        Realm = new TestAuthority(Clock);
        _verifier = new HeadVerifier(Realm.Anchor);
        Gate = new HeadGate(_verifier, new TrustedClock(LocalClock));
    }

    public FakeTimeProvider Clock { get; } = new(Start);

    public FakeTimeProvider LocalClock { get; }

    public TestAuthority Realm { get; }

    public HeadGate Gate { get; }

    public HeadVerifier Verifier => _verifier;

    public NamespaceReplica Replica { get; } = new(Shop);

    public Verdict<NamespaceVersion> Judge(UpdateOffer offer, ReadOnlyMemory<byte> stream, bool isSameHost = false)
    {
        var admitted = Replica.Admit(offer, Gate, isSameHost);
        return admitted.Value is { } update ? Replica.Complete(update, stream) : admitted.Refusal!;
    }

    /// <summary>The replica takes a version as a follower would.</summary>
    public NamespaceVersion Take(NamespaceVersion version, NamespaceVersion? from = null, bool isSameHost = false)
    {
        var (offer, stream) = TestAuthority.Update(version, from);
        var verdict = Judge(offer, stream, isSameHost);
        Assert.Null(verdict.Refusal);
        Replica.Activate(verdict.Value!);
        return verdict.Value!;
    }

    public Refusal Refuses(RefusalCode code, NamespaceVersion version, NamespaceVersion? from = null, bool isSameHost = false)
    {
        var (offer, stream) = TestAuthority.Update(version, from);
        return Refuses(code, offer, stream, isSameHost);
    }

    public Refusal Refuses(RefusalCode code, UpdateOffer offer, ReadOnlyMemory<byte> stream, bool isSameHost = false)
    {
        var (current, floor) = (Replica.Current, Replica.Floor);

        var verdict = Judge(offer, stream, isSameHost);

        Assert.Null(verdict.Value);
        Assert.Equal(code, verdict.Refusal!.Code);
        Assert.NotEmpty(verdict.Refusal.Detail);
        Assert.Same(current, Replica.Current);
        Assert.Equal(floor, Replica.Floor);
        return verdict.Refusal;
    }

    public void Dispose()
    {
        _verifier.Dispose();
        Realm.Dispose();
    }
}
