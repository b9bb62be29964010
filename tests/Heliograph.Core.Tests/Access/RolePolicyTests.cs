// SPDX-License-Identifier: Apache-2.0
using CsCheck;
using Heliograph.Core.Access;
using Heliograph.Core.Merkle;
using Heliograph.Core.State;
using Xunit;

namespace Heliograph.Core.Tests.Access;

public sealed class RolePolicyTests
{
    private static readonly string[] s_names = ["a", "a.b", "a.b.c", "ab", "ab.c", "heliograph", "heliograph.realm", "heliograph.credentials", "heliograph.x"];
    private static readonly string[] s_patterns = ["*", "a", "a.*", "a.b", "a.b.*", "ab.*", "heliograph.*", "heliograph.realm"];
    private static readonly string[] s_subjects = ["ci", "ci-1", "ci-12", "d", "spiffe://r/app/x/y"];
    private static readonly string[] s_about = ["*", "ci", "ci*", "ci-1*", "d", "spiffe://r/*"];

    private static readonly Gen<RoleBinding> s_binding =
        Gen.Select(OneOf(s_about), OneOf(Role.Reader, Role.Author, Role.Operator, Role.Admin, Role.Author, Role.Reader, Role.Admin, Role.None), OneOf(s_patterns), (subject, role, names) => new RoleBinding(subject, role, names));

    [Fact]
    public void A_policy_says_what_the_oracle_says() =>
        Gen.Select(s_binding.List[0, 6], OneOf(s_subjects), OneOf(s_names)).Sample((bindings, subject, name) =>
            Assert.Equal(Oracle(bindings, subject, name), new RolePolicy(bindings).For(subject).On(NamespaceName.Parse(name))), iter: 20_000);

    [Fact]
    public void What_is_read_from_the_realm_is_what_was_written()
    {
        var records = MerkleMap.Build(new[]
        {
            Setting.Of("roles/one", """{"subject":"ci*","role":"author","namespaces":"a.*"}"""),
            Setting.Of("roles/broken", "no json"), // cannot be written through the API; gives nothing
            Setting.Of("roles/labelled", """{"subject":"ci","role":"admin","namespaces":"*"}""", label: "x"),
            Setting.Of("other", """{"subject":"ci","role":"admin","namespaces":"*"}"""),
        }.Select(setting => KeyValuePair.Create<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>(SettingRecord.KeyOf(setting.Key), SettingRecord.ValueOf(setting))));

        var roles = RolePolicy.From(records).For("ci-7");

        Assert.Equal((Role.Author, Role.None, Role.Author), (roles.On(NamespaceName.Parse("a.b")), roles.On(NamespaceName.Parse("b")), roles.Highest));
        Assert.Equal(Role.None, RolePolicy.None.For("ci").Highest);
    }

    [Theory]
    [InlineData("""{"subject":"a","role":"reader","namespaces":"x.*"}""", true)]
    [InlineData("""{"subject":"a*","role":"admin","namespaces":"*"}""", true)]
    [InlineData("""{"subject":"a","role":"reader","namespaces":"x.*","more":"1"}""", false)]
    [InlineData("""{"subject":"a","subject":"b","role":"reader","namespaces":"x"}""", false)]
    [InlineData("""{"subject":"a","role":"reader"}""", false)]
    [InlineData("""{"subject":"","role":"reader","namespaces":"x"}""", false)]
    [InlineData("""{"subject":"*a","role":"reader","namespaces":"x"}""", false)]
    [InlineData("""{"subject":"a","role":"none","namespaces":"x"}""", false)]
    [InlineData("""{"subject":"a","role":"none","namespaces":"*"}""", true)]
    [InlineData("""{"subject":"a","role":"Reader","namespaces":"x"}""", false)]
    [InlineData("""{"subject":"a","role":"reader","namespaces":"x*"}""", false)]
    [InlineData("""{"subject":"a","role":"reader","namespaces":".*"}""", false)]
    [InlineData("""{"subject":"a","role":"reader","namespaces":""}""", false)]
    [InlineData("""{"subject":1,"role":"reader","namespaces":"x"}""", false)]
    [InlineData("""{"subject":"\ud800","role":"reader","namespaces":"x"}""", false)]
    [InlineData("""{"subject":"a","role":"reader","namespaces":"x"} x""", false)]
    [InlineData("[]", false)]
    [InlineData("", false)]
    public void Bindings_are_read_strictly(string json, bool isBinding)
    {
        Assert.Equal(isBinding, RoleBinding.TryParse(json, out var binding, out var error));
        Assert.Equal(isBinding, binding is not null);
        Assert.Equal(isBinding, error is null);
    }

    [Fact]
    public void Any_text_is_read_or_refused_without_an_exception() =>
        Gen.String.Sample(text => Assert.NotEqual(RoleBinding.TryParse(text, out _, out var error), error is not null));

    private static Gen<T> OneOf<T>(params T[] choices) => Gen.Int[0, choices.Length - 1].Select(i => choices[i]);

    private static Role Oracle(List<RoleBinding> bindings, string subject, string name)
    {
        var highest = Role.None;
        foreach (var (about, role, names) in bindings)
        {
            var isMeant = about[^1] == '*' ? subject.StartsWith(about.TrimEnd('*'), StringComparison.Ordinal) : about == subject;
            if (!isMeant) continue;
            if (role == Role.None) return Role.None; // shut out, whatever the others give
            var isReserved = name.Split('.')[0] == "heliograph";
            var given = Role.None;
            if (names == "*" && !isReserved) given = role;
            if (names == "*" && name == "heliograph.realm") given = Role.Reader;
            if (names == name) given = role;
            if (names.EndsWith(".*", StringComparison.Ordinal) && name.StartsWith(names.TrimEnd('*'), StringComparison.Ordinal)) given = role;
            if (given > highest) highest = given;
        }
        return highest;
    }
}
