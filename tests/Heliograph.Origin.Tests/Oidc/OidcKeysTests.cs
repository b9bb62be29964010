// SPDX-License-Identifier: Apache-2.0
using Heliograph.Storage.Sqlite.Tests.Support;
using Heliograph.Origin.Oidc;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Heliograph.Origin.Tests.Oidc;

/// <summary>When keys are fetched, and how long they are used: a real issuer, a clock that is moved.</summary>
public sealed class OidcKeysTests
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Keys_rotate_and_whatever_callers_show_the_issuer_is_asked_once_in_ten_seconds()
    {
        await using var issuer = await TestIssuer.StartAsync();
        using var tokens = new OidcTokens([OidcTests.Of(issuer)], _time, NullLogger.Instance);
        var old = Token(issuer);
        Assert.Null((await tokens.JudgeAsync(old, Cancel)).Refusal);

        issuer.Rotate("k2");
        Assert.Equal("issuer 'corp' has no such key", (await tokens.JudgeAsync(Token(issuer), Cancel)).Refusal); // asked a moment ago
        for (var i = 0; i < 50; i++) await tokens.JudgeAsync(issuer.Token("ann", header: head => head["kid"] = $"x{i}"), Cancel);
        Assert.Equal(1, issuer.KeysAsked);
        _time.Advance(OidcKeys.FetchInterval);
        Assert.Null((await tokens.JudgeAsync(Token(issuer), Cancel)).Refusal);
        Assert.Equal(2, issuer.KeysAsked);
        Assert.Equal("issuer 'corp' has no such key", (await tokens.JudgeAsync(old, Cancel)).Refusal);
    }

    [Fact]
    public async Task Known_keys_outlive_the_issuer_for_a_bounded_time_and_come_back_with_it()
    {
        await using var issuer = await TestIssuer.StartAsync();
        using var tokens = new OidcTokens([OidcTests.Of(issuer)], _time, NullLogger.Instance);
        Assert.Null((await tokens.JudgeAsync(Token(issuer), Cancel)).Refusal);
        issuer.IsDown = true;

        _time.Advance(TimeSpan.FromHours(23));
        Assert.Null((await tokens.JudgeAsync(Token(issuer), Cancel)).Refusal);
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal("the keys of issuer 'corp' cannot be fetched now", (await tokens.JudgeAsync(Token(issuer), Cancel)).Refusal);
        issuer.IsDown = false;
        _time.Advance(OidcKeys.FetchInterval);
        Assert.Null((await tokens.JudgeAsync(Token(issuer), Cancel)).Refusal);
    }

    [Fact]
    public async Task An_issuer_that_calls_itself_another_or_whose_certificate_is_not_its_authoritys_is_not_believed()
    {
        await using var issuer = await TestIssuer.StartAsync();
        issuer.ClaimsToBe = "https://other.example";
        using (var tokens = new OidcTokens([OidcTests.Of(issuer)], _time, NullLogger.Instance))
            Assert.Equal("the keys of issuer 'corp' cannot be fetched now", (await tokens.JudgeAsync(Token(issuer), Cancel)).Refusal);
        issuer.ClaimsToBe = null;
        using (var tokens = new OidcTokens([new OidcIssuer { Name = "corp", Issuer = issuer.Address, Audience = "heliograph" }], _time, NullLogger.Instance)) // with the system's authorities
            Assert.Equal("the keys of issuer 'corp' cannot be fetched now", (await tokens.JudgeAsync(Token(issuer), Cancel)).Refusal);
        Assert.Equal(0, issuer.KeysAsked);
    }

    [Fact]
    public async Task A_file_of_keys_needs_no_network_and_is_read_anew_when_it_changes()
    {
        using var directory = new ScratchDirectory();
        await using var issuer = await TestIssuer.StartAsync();
        var (keys, file) = (Path.Combine(directory.Path, "keys.json"), Path.Combine(directory.Path, "oidc.json"));
        await File.WriteAllTextAsync(keys, issuer.Keys(), Cancel);
        await File.WriteAllTextAsync(file, $$"""{"issuers":[{"name":"corp","issuer":"{{issuer.Address}}","audience":"heliograph","keysFile":"keys.json","claims":{"group":"groups"} } ] }""", Cancel);
        issuer.IsDown = true;
        using var tokens = new OidcTokens(OidcFile.Load(file), _time, NullLogger.Instance);
        var old = Token(issuer);
        Assert.Null((await tokens.JudgeAsync(old, Cancel)).Refusal);

        issuer.Rotate("k2", isRsa: true);
        await File.WriteAllTextAsync(keys, issuer.Keys(), Cancel);
        File.SetLastWriteTimeUtc(keys, DateTime.UtcNow.AddMinutes(1));
        _time.Advance(OidcKeys.FetchInterval);
        Assert.Null((await tokens.JudgeAsync(Token(issuer), Cancel)).Refusal);
        Assert.NotNull((await tokens.JudgeAsync(old, Cancel)).Refusal);
        await File.WriteAllTextAsync(keys, "damaged", Cancel); // what is known stays
        File.SetLastWriteTimeUtc(keys, DateTime.UtcNow.AddMinutes(2));
        _time.Advance(OidcKeys.FetchInterval);
        Assert.Null((await tokens.JudgeAsync(Token(issuer), Cancel)).Refusal);
    }

    [Fact]
    public void A_file_of_issuers_is_read_strictly_and_every_fault_is_named()
    {
        using var directory = new ScratchDirectory();
        var file = Path.Combine(directory.Path, "oidc.json");
        string FaultOf(string json)
        {
            File.WriteAllText(file, json);
            return Assert.Throws<InvalidDataException>(() => OidcFile.Load(file)).Message;
        }

        Assert.Contains("issuers: 1 to 8.", FaultOf("""{"issuers":[]}"""), StringComparison.Ordinal);
        var faults = FaultOf("""{"issuers":[{"name":"Corp","issuer":"http://id.example","audience":"","algorithms":["HS256"],"clockSkewSeconds":301,"lifetimeMaxSeconds":1,"keysKeptSeconds":1,"claims":{"a b":"c"}},{"name":"x","issuer":"http://id.example","audience":"a"}]}""");
        foreach (var fault in new[] { "issuers[0].name:", "issuers[0].issuer:", "issuers[0].audience:", "issuers[0].algorithms:", "issuers[0].clockSkewSeconds:", "issuers[0].lifetimeMaxSeconds:", "issuers[0].keysKeptSeconds:", "issuers[0].claims:", "issuers[1].issuer:", "is there twice" })
            Assert.Contains(fault, faults, StringComparison.Ordinal);
        Assert.Contains("is no file of issuers: line 1", FaultOf("""{"issuers":[{"name":"corp","issuer":"https://id.example","audience":"a","secret":"x"}]}"""), StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(directory.Path, "k.json"), """{"keys":[{"kty":"oct","k":"c2VjcmV0","kid":"s"}]}""");
        Assert.Contains("issuers[0].keysFile: It holds no public key", FaultOf("""{"issuers":[{"name":"corp","issuer":"https://id.example","audience":"a","keysFile":"k.json"}]}"""), StringComparison.Ordinal);
    }

    private string Token(TestIssuer issuer) => issuer.Token("ann", now: _time.GetUtcNow());
}
