// SPDX-License-Identifier: Apache-2.0
using System.Text;
using System.Text.Json.Nodes;
using Heliograph.Core.Heads;
using Heliograph.Platform.Trust;

namespace Heliograph.Hosting.Tests.Trust;

public sealed class TrustFileTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly TrustAnchor _anchor;
    private readonly string _path;

    public TrustFileTests()
    {
        _anchor = RealmKeys.Create("shop", _directory.Path);
        _path = _directory.Join("trust.json");
    }

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void A_new_realm_is_read_back_as_it_was_made()
    {
        var read = TrustFile.Load(_path);
        Assert.Equal(_anchor.LogId, read.LogId);
        Assert.Equal("shop", read.Root.Realm);
        Assert.True(read.Bytes.Span.SequenceEqual(_anchor.Bytes.Span));
    }

    [Fact]
    public void A_trust_file_that_another_program_wrote_is_read_and_written_byte_for_byte()
    {
        var golden = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Trust", "golden-trust.json"));

        Assert.True(TrustFile.TryParse(golden, out var anchor, out var error), error);

        Assert.Equal("128d726852dc77d79c92562fb609faebd69bf38d2e2c7c7ba7e899db345c4d19", anchor.LogId.ToString());
        Assert.Equal(("golden", "origin-a"), (anchor.Root.Realm, Assert.Single(anchor.Root.HeadKeys).KeyId));
        Assert.Equal(Encoding.UTF8.GetString(golden), TrustFile.ToJson(anchor));
    }

    [Fact]
    public void A_head_key_is_named_after_the_first_eight_bytes_of_its_hash()
    {
        var key = Assert.Single(_anchor.Root.HeadKeys);
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(key.PublicKey.Span))[..16], key.KeyId);
    }

    [Fact]
    public void Two_realms_of_one_name_are_two_logs() =>
        Assert.NotEqual(_anchor.LogId, RealmKeys.Create("shop", _directory.Join("second")).LogId);

    [Fact]
    public void A_realm_that_is_there_is_not_overwritten()
    {
        var before = File.ReadAllText(_path);
        Assert.Throws<IOException>(() => RealmKeys.Create("shop", _directory.Path));
        File.Delete(_path);
        Assert.Throws<IOException>(() => RealmKeys.Create("shop", _directory.Path)); // the key alone is also somebody's
        File.WriteAllText(_path, before);
        using var signer = FileHeadSigner.Load(_directory.Join("head-key.pem"), TrustFile.Load(_path));
    }

    [Fact]
    public void A_realm_whose_making_was_killed_anywhere_is_made_by_the_next_try()
    {
        // Given what a kill leaves before the trust file is there, and after
        var (before, after) = (_directory.Join("before"), _directory.Join("after"));
        foreach (var directory in new[] { before, after })
        {
            Directory.CreateDirectory(directory);
            File.Copy(_directory.Join("head-key.pem"), Path.Combine(directory, "head-key.pem.new"));
        }
        File.Copy(_path, Path.Combine(after, "trust.json"));

        // When it is tried again
        RealmKeys.Finish(before);
        var made = RealmKeys.Create("shop", before);
        RealmKeys.Finish(after);

        // Then key and root belong together, and nothing else is left
        Assert.NotEqual(_anchor.LogId, made.LogId);
        FileHeadSigner.Load(Path.Combine(before, "head-key.pem"), made).Dispose();
        FileHeadSigner.Load(Path.Combine(after, "head-key.pem"), _anchor).Dispose();
        foreach (var directory in new[] { before, after })
            Assert.Equal(["head-key.pem", "trust.json"], Directory.EnumerateFiles(directory).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void What_the_key_signs_the_root_verifies()
    {
        using var signer = FileHeadSigner.Load(_directory.Join("head-key.pem"), _anchor);
        var key = _anchor.FindHeadKey(signer.KeyId);
        var signature = signer.Sign("statement"u8);
        using var verifier = System.Security.Cryptography.ECDsa.Create();
        verifier.ImportSubjectPublicKeyInfo(key!.Value.Span, out _);
        Assert.Equal(64, signature.Length);
        Assert.True(verifier.VerifyData("statement"u8, signature, System.Security.Cryptography.HashAlgorithmName.SHA256));
    }

    [Fact]
    public void A_head_key_of_another_realm_or_open_to_others_is_not_used()
    {
        RealmKeys.Create("bank", _directory.Join("bank"));
        var foreign = Assert.Throws<System.Security.Cryptography.CryptographicException>(() => FileHeadSigner.Load(_directory.Join("bank/head-key.pem"), _anchor));
        Assert.Contains("not one of the head keys", foreign.Message, StringComparison.Ordinal);
        File.WriteAllText(_directory.Join("junk.pem"), "junk");
        _directory.SetMode("junk.pem", "400");
        Assert.Throws<System.Security.Cryptography.CryptographicException>(() => FileHeadSigner.Load(_directory.Join("junk.pem"), _anchor));

        Assert.Equal("600", _directory.Mode("head-key.pem"));
        _directory.SetMode("head-key.pem", "604");
        Assert.Throws<IOException>(() => FileHeadSigner.Load(_directory.Join("head-key.pem"), _anchor));
    }

    [Fact]
    public void Every_bit_of_the_root_matters()
    {
        var file = JsonNode.Parse(File.ReadAllText(_path))!.AsObject();
        var root = Convert.FromBase64String((string)file["root"]!);
        for (var bit = 0; bit < root.Length * 8; bit++)
        {
            var altered = (byte[])root.Clone();
            altered[bit / 8] ^= (byte)(1 << (bit % 8));
            file["root"] = Convert.ToBase64String(altered);
            Assert.False(TrustFile.TryParse(Encoding.UTF8.GetBytes(file.ToJsonString()), out _, out _), $"bit {bit}");
        }
    }

    [Theory]
    [InlineData("logId", "\"00\"")]
    [InlineData("logId", "\"0000000000000000000000000000000000000000000000000000000000000000\"")]
    [InlineData("logId", "null")]
    [InlineData("realm", "\"bank\"")]
    [InlineData("realm", "7")]
    [InlineData("root", "\"%%%\"")]
    [InlineData("root", "\"\"")]
    [InlineData("format", "2")]
    [InlineData("format", "\"1\"")]
    [InlineData("format", "1.5")]
    [InlineData("extra", "true")]
    [InlineData("Format", "1")]
    public void A_part_that_is_wrong_or_unknown_refuses_the_whole(string property, string json)
    {
        var file = JsonNode.Parse(File.ReadAllText(_path))!.AsObject();
        file[property] = JsonNode.Parse(json);
        Assert.False(TrustFile.TryParse(Encoding.UTF8.GetBytes(file.ToJsonString()), out var anchor, out var error));
        Assert.Null(anchor);
        Assert.NotEmpty(error);
    }

    [Theory]
    [InlineData("format")]
    [InlineData("realm")]
    [InlineData("logId")]
    [InlineData("root")]
    public void A_part_that_is_missing_or_there_twice_refuses_the_whole(string property)
    {
        var file = JsonNode.Parse(File.ReadAllText(_path))!.AsObject();
        var twice = file.ToJsonString().Insert(1, $"\"{property}\":{file[property]!.ToJsonString()},");
        file.Remove(property);
        Assert.False(TrustFile.TryParse(Encoding.UTF8.GetBytes(file.ToJsonString()), out _, out _));
        Assert.False(TrustFile.TryParse(Encoding.UTF8.GetBytes(twice), out _, out _));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{")]
    [InlineData("{} {}")]
    public void Anything_else_is_no_trust_file(string text) => Assert.False(TrustFile.TryParse(Encoding.UTF8.GetBytes(text), out _, out _));

    [Fact]
    public void An_error_names_the_file()
    {
        File.WriteAllText(_path, "{}");
        var failure = Assert.Throws<InvalidDataException>(() => TrustFile.Load(_path));
        Assert.Contains(_path, failure.Message, StringComparison.Ordinal);
        File.WriteAllText(_path, new string(' ', TrustFile.BytesMax + 1));
        Assert.Throws<IOException>(() => TrustFile.Load(_path));
    }
}
