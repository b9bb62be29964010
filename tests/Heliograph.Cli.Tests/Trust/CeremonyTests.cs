// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using Heliograph.Cli.Terminal;
using Heliograph.Platform.Trust;
using Xunit;

namespace Heliograph.Cli.Tests.Trust;

/// <summary>The ceremony by files, as people type it.</summary>
public sealed class CeremonyTests : IDisposable
{
    private readonly Helio _helio = new();

    private string TrustPath => PathOf("realm", "origin", "trust.json");

    private string ProposalPath => PathOf("next.json");

    [Fact]
    public async Task A_realm_is_founded_and_its_head_key_and_root_keys_are_rotated()
    {
        await RunAsync(ExitCode.Success, "trust", "init", "acme", "--out", PathOf("realm"), "--expires-days", "30");
        var first = TrustFile.LoadTrust(TrustPath).Roots;
        Assert.Equal((3, 2u, 2, 2u, 1), (first.Latest.RootKeys.Count, first.Latest.RootThreshold, first.Latest.RecoveryKeys.Count, first.Latest.RecoveryThreshold, first.Latest.HeadKeys.Count));
        Assert.NotNull(first.ExpiresAt);

        // The head key
        await KeyAsync("head-2.pem");
        await RunAsync(ExitCode.Success, "trust", "rotate-head", "--trust", TrustPath, "--add", PathOf("head-2.pem.pub"), "--remove", first.Latest.HeadKeys[0].KeyId, "--out", ProposalPath, "--expires-days", "0");
        await SignAsync("realm/keys/root-1.pem");
        await SignAsync("realm/keys/root-1.pem"); // twice counts once
        Assert.Contains("2 must sign", (await RunAsync(ExitCode.Refused, "trust", "add", ProposalPath, "--trust", TrustPath)).Error, StringComparison.Ordinal);
        await SignAsync("realm/keys/root-2.pem");
        await RunAsync(ExitCode.Success, "trust", "add", ProposalPath, "--trust", TrustPath, "--head-key", PathOf("head-2.pem"));
        var second = TrustFile.LoadTrust(TrustPath).Roots;
        Assert.Equal((2u, null, first.LogId), (second.Version, second.ExpiresAt, second.LogId));
        using (var signer = FileHeadSigner.Load(PathOf("realm", "origin", "head-key.pem"), second.Latest)) Assert.Equal(second.Latest.HeadKeys[0].KeyId, signer.KeyId);

        // The root keys: one of them elsewhere, under a passphrase
        var passphrase = Secret("passphrase", "correct horse\n");
        await KeyAsync("root-4.pem", "--passphrase-file", passphrase);
        File.Delete(ProposalPath);
        await RunAsync(ExitCode.Success, "trust", "rotate-root", "--trust", TrustPath, "--root-key", PathOf("root-4.pem.pub"), "--root-key", PathOf("realm/keys/root-1.pem.pub"), "--out", ProposalPath);
        await SignAsync("realm/keys/root-1.pem");
        await SignAsync("realm/keys/root-3.pem");
        Assert.Contains("of its own root keys", (await RunAsync(ExitCode.Refused, "trust", "add", ProposalPath, "--trust", TrustPath)).Error, StringComparison.Ordinal);
        Assert.Contains("passphrase", (await RunAsync(ExitCode.Usage, "trust", "sign", ProposalPath, "--key", PathOf("root-4.pem"))).Error, StringComparison.Ordinal);
        Assert.Contains("passphrase", (await RunAsync(ExitCode.Usage, "trust", "sign", ProposalPath, "--key", PathOf("root-4.pem"), "--passphrase-file", Secret("wrong", "battery\n"))).Error, StringComparison.Ordinal);
        await RunAsync(ExitCode.Success, "trust", "sign", ProposalPath, "--key", PathOf("root-4.pem"), "--passphrase-file", passphrase);
        await RunAsync(ExitCode.Success, "trust", "add", ProposalPath, "--trust", TrustPath);
        var shown = JsonDocument.Parse((await RunAsync(ExitCode.Success, "trust", "show", TrustPath, "-o", "json")).Out).RootElement;
        Assert.Equal((3, 1), (shown.GetProperty("rootVersion").GetInt32(), shown.GetProperty("epoch").GetInt32()));
    }

    [Fact]
    public async Task A_realm_that_was_founded_with_a_head_key_alone_is_given_root_keys_by_it()
    {
        var anchor = RealmKeys.Create("acme", PathOf("old"));
        var trust = PathOf("old", "trust.json");
        await KeyAsync("root-1.pem");
        await KeyAsync("rescue-1.pem");
        Assert.Contains("without root keys", (await RunAsync(ExitCode.Refused, "trust", "rotate-head", "--trust", trust, "--out", ProposalPath)).Error, StringComparison.Ordinal);
        await RunAsync(ExitCode.Success, "trust", "rotate-root", "--trust", trust, "--root-key", PathOf("root-1.pem.pub"), "--recovery-key", PathOf("rescue-1.pem.pub"), "--out", ProposalPath);
        await SignAsync("root-1.pem");
        await RunAsync(ExitCode.Refused, "trust", "add", ProposalPath, "--trust", trust);
        await SignAsync("old/head-key.pem");
        await RunAsync(ExitCode.Success, "trust", "add", ProposalPath, "--trust", trust);

        var roots = TrustFile.LoadTrust(trust).Roots;
        Assert.Equal((2u, anchor.LogId, "acme"), (roots.Version, roots.LogId, roots.Latest.Realm));
        Assert.Equal(anchor.Root.HeadKeys[0].KeyId, roots.Latest.HeadKeys.Single().KeyId);
        Assert.Contains("1 of ", (await RunAsync(ExitCode.Success, "trust", "show", trust)).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keys_are_private_never_overwritten_and_their_private_half_is_not_taken_for_the_public_one()
    {
        await KeyAsync("a.pem");

        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(PathOf("a.pem")));
        await RunAsync(ExitCode.Usage, "trust", "key", PathOf("a.pem"));
        await RunAsync(ExitCode.Success, "trust", "init", "acme", "--out", PathOf("realm"), "--root-key", PathOf("a.pem.pub"), "--threshold", "1");
        Assert.False(File.Exists(PathOf("realm", "keys", "root-1.pem")));
        await RunAsync(ExitCode.Refused, "trust", "init", "acme", "--out", PathOf("realm"));
        Assert.Contains("private half", (await RunAsync(ExitCode.Usage, "trust", "rotate-head", "--trust", TrustPath, "--add", PathOf("a.pem"), "--out", ProposalPath)).Error, StringComparison.Ordinal);
        Assert.Contains("threshold", (await RunAsync(ExitCode.Usage, "trust", "init", "acme", "--out", PathOf("other"), "--threshold", "4")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_that_are_no_proposals_and_heads_keys_that_the_root_does_not_name_are_refused()
    {
        await RunAsync(ExitCode.Success, "trust", "init", "acme", "--out", PathOf("realm"), "--root-keys", "1", "--threshold", "1");
        await KeyAsync("head-2.pem");
        await KeyAsync("other.pem");
        foreach (var text in (string[])["{}", "nonsense", """{"format":1,"kind":"root","realm":"acme","bytes":"AAAA"}""", """{"format":1,"kind":"other","realm":"acme","bytes":""}"""])
            await RunAsync(ExitCode.Usage, "trust", "sign", _helio.File("bad.json", text), "--key", PathOf("realm/keys/root-1.pem"));
        await RunAsync(ExitCode.Usage, "trust", "rotate-head", "--trust", TrustPath, "--remove", "nobody", "--out", ProposalPath);
        await RunAsync(ExitCode.Success, "trust", "rotate-head", "--trust", TrustPath, "--add", PathOf("head-2.pem.pub"), "--out", ProposalPath);
        await SignAsync("realm/keys/root-1.pem");
        var before = await File.ReadAllTextAsync(TrustPath, TestContext.Current.CancellationToken);

        Assert.Contains("does not name it", (await RunAsync(ExitCode.Refused, "trust", "add", ProposalPath, "--trust", TrustPath, "--head-key", PathOf("other.pem"))).Error, StringComparison.Ordinal);

        Assert.Equal(before, await File.ReadAllTextAsync(TrustPath, TestContext.Current.CancellationToken));
    }

    private string PathOf(params string[] parts) => Path.Combine([_helio.Directory, .. parts]);

    private string Secret(string name, string content)
    {
        var path = _helio.File(name, content);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return path;
    }

    private Task<Ran> KeyAsync(string name, params string[] more) => RunAsync(ExitCode.Success, ["trust", "key", PathOf(name), .. more]);

    private Task<Ran> SignAsync(string key) => RunAsync(ExitCode.Success, "trust", "sign", ProposalPath, "--key", PathOf(key));

    private async Task<Ran> RunAsync(ExitCode expected, params string[] arguments)
    {
        var ran = await _helio.RunAsync(arguments, TestContext.Current.CancellationToken);
        Assert.True(ran.Exit == expected, $"helio {string.Join(' ', arguments)} ended with {ran.Exit}: {ran.Out}{ran.Error}");
        return ran;
    }

    public void Dispose() => _helio.Dispose();
}
