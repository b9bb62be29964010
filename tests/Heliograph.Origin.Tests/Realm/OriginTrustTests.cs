// SPDX-License-Identifier: Apache-2.0
using Google.Protobuf;
using Heliograph.Core.Heads;
using Heliograph.Core.Wire;
using Heliograph.Origin.Realm;
using Heliograph.Platform.Trust;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;
using SignedRoot = Heliograph.Core.Heads.SignedRoot;

namespace Heliograph.Origin.Tests.Realm;

/// <summary>An origin takes a root with a key that it names, and nothing else makes it stop or sign what nobody believes.</summary>
public sealed class OriginTrustTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("origin-trust-").FullName;
    private readonly TrustAnchor _anchor;

    public OriginTrustTests()
    {
        _anchor = RealmKeys.Create("acme", Home);
        RoleKeyFile.Create(PathOf("root.pem"), null);
        RoleKeyFile.Create(PathOf("next.pem"), null);
        RoleKeyFile.Create(PathOf("last.pem"), null);
    }

    private string Home => PathOf("origin");

    private string TrustPath => Path.Combine(Home, RealmKeys.TrustFileName);

    private string FirstKey => _anchor.Root.HeadKeys[0].KeyId;

    [Fact]
    public void A_root_is_taken_with_a_key_that_it_names_while_the_origin_runs()
    {
        using var trust = Open();
        Assert.False(trust.Look());
        var next = Place("next.pem");
        Assert.False(trust.Look()); // the key waits for its root
        Assert.Equal((1u, FirstKey), (trust.Issuer.RootVersion, trust.Issuer.KeyId));

        TrustFile.Save(TrustPath, Grown("next.pem"), replace: true);

        Assert.True(trust.Look());
        Assert.Equal((2u, next, 2u), (trust.Issuer.RootVersion, trust.Issuer.KeyId, trust.Cell.Current.Roots.Version));
        Assert.False(trust.Look());
        using var again = Open();
        Assert.Equal((2u, next), (again.Issuer.RootVersion, again.Issuer.KeyId));
    }

    [Fact]
    public void A_root_whose_key_is_not_here_changes_nothing_now_and_after_a_restart()
    {
        using var trust = Open();
        TrustFile.Save(TrustPath, Grown("next.pem"), replace: true);

        Assert.False(trust.Look());
        Assert.Equal((1u, FirstKey, 1u), (trust.Issuer.RootVersion, trust.Issuer.KeyId, trust.Cell.Current.Roots.Version));
        using var again = Open();
        Assert.Equal((1u, FirstKey, 1u), (again.Issuer.RootVersion, again.Issuer.KeyId, again.Cell.Current.Roots.Version)); // handing out the root would end its own heads
        var next = Place("next.pem");
        Assert.True(trust.Look());
        Assert.Equal(next, trust.Issuer.KeyId);
    }

    [Fact]
    public void With_an_overlap_the_old_key_goes_on_under_the_new_root_until_the_new_one_is_here()
    {
        using var trust = Open();
        TrustFile.Save(TrustPath, Grown("next.pem", keepsFirst: true), replace: true);

        Assert.True(trust.Look());
        Assert.Equal((2u, FirstKey), (trust.Issuer.RootVersion, trust.Issuer.KeyId));
        var next = Place("next.pem");
        Assert.True(trust.Look());
        Assert.Equal((2u, next), (trust.Issuer.RootVersion, trust.Issuer.KeyId));
    }

    [Fact]
    public void A_file_that_goes_back_is_another_realms_or_is_broken_changes_nothing()
    {
        var next = Place("next.pem");
        TrustFile.Save(TrustPath, Grown("next.pem"), replace: true);
        using var trust = Open();
        var right = File.ReadAllText(TrustPath);

        foreach (var wrong in (string[])[TrustFile.ToJson(_anchor), TrustFile.ToJson(Grown("last.pem")), TrustFile.ToJson(RealmKeys.Create("acme", PathOf("other"))), right[..100], ""])
        {
            File.WriteAllText(TrustPath, wrong);
            Assert.False(trust.Look());
            Assert.Equal((2u, next, 2u), (trust.Issuer.RootVersion, trust.Issuer.KeyId, trust.Cell.Current.Roots.Version));
        }
        File.WriteAllText(TrustPath, right);
        Assert.False(trust.Look());
    }

    /// <summary>The first root with a second, which names a key of the test's directory.</summary>
    private RealmTrust Grown(string headKey, bool keepsFirst = false)
    {
        var root = new TrustRoot { Format = 2, RootVersion = 2, Realm = "acme", LogId = ByteString.CopyFrom(_anchor.LogId.ToArray()), RootThreshold = 1 };
        root.HeadKeys.Add(RoleKeyFile.ReadPublic(PathOf(headKey + ".pub")));
        if (keepsFirst) root.HeadKeys.Add(_anchor.Root.HeadKeys[0]);
        root.RootKeys.Add(RoleKeyFile.ReadPublic(PathOf("root.pem.pub")));
        using var old = RoleKeyFile.Open(Path.Combine(Home, RealmKeys.HeadKeyFileName), null);
        using var own = RoleKeyFile.Open(PathOf("root.pem"), null);
        var verdict = RootChain.From(_anchor).Extend(SignedRoot.Propose(root).SignedBy(old).SignedBy(own).Bytes);
        Assert.Null(verdict.Refusal);
        return RealmTrust.From(_anchor) with { Roots = verdict.Value! };
    }

    /// <summary>Puts a key where the origin finds the next one.</summary>
    private string Place(string key)
    {
        File.Copy(PathOf(key), Path.Combine(Home, RealmKeys.NextHeadKeyFileName));
        return RoleKeyFile.ReadPublic(PathOf(key + ".pub")).KeyId;
    }

    private OriginTrust Open() => OriginTrust.Open(Home, NullLogger.Instance);

    private string PathOf(string name) => Path.Combine(_directory, name);

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
