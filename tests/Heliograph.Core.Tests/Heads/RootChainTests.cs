// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using CsCheck;
using Google.Protobuf;
using Heliograph.Core.Heads;
using Heliograph.Core.Replicas;
using Heliograph.Core.Tests.Log;
using Heliograph.Core.Wire;
using Heliograph.Testing;
using Xunit;
using SignedRoot = Heliograph.Core.Heads.SignedRoot;

namespace Heliograph.Core.Tests.Heads;

/// <summary>A root follows from the one before it, signed by both, or not at all.</summary>
public sealed class RootChainTests : IDisposable
{
    private readonly TestCeremony _ceremony = new();
    private readonly RootChain _first;

    public RootChainTests() => _first = RootChain.From(_ceremony.First());

    private static JsonElement Golden { get; } = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Heads", "golden-trust-roots.json"))).RootElement;

    [Fact]
    public void The_golden_chain_that_another_program_signed_is_walked_version_by_version()
    {
        Assert.True(TrustAnchor.TryParse(GoldenLog.Bytes(Golden, "first"), out var anchor, out var error), error);
        Assert.Equal(GoldenLog.Text(Golden, "log_id"), anchor.LogId.ToString());
        var chain = RootChain.From(anchor);
        byte[][] roots = [.. Golden.GetProperty("roots").EnumerateArray().Select(root => Convert.FromHexString(root.GetString()!))];

        Assert.Equal(RefusalCode.WrongBase, chain.Extend(roots[1]).Refusal!.Code);
        chain = Taken(chain.Extend(roots[0]));
        Assert.Equal(GoldenLog.Text(Golden, "signed_bytes_2"), Convert.ToHexStringLower(SignedRoot.SignedBytes(chain.Later[0].RootBytes.Span)));
        Assert.Equal(DateTimeOffset.FromUnixTimeMilliseconds(1_830_000_000_000), chain.ExpiresAt);
        chain = Taken(chain.Extend(roots[1]));

        Assert.Equal((3u, null), (chain.Version, chain.ExpiresAt));
        Assert.Equal(["head-b"], chain.Latest.HeadKeys.Select(key => key.KeyId));
        Assert.Equal(["head-a"], chain.Find(1)!.HeadKeys.Select(key => key.KeyId));
        Assert.Equal(roots[1], SignedRoot.TryParse(roots[1], out var parsed, out _) ? Again(parsed) : []);
    }

    [Fact]
    public void A_realm_founded_with_head_keys_alone_goes_on_when_all_of_them_sign()
    {
        var chain = RootChain.From(GoldenLog.Anchor);

        Assert.Equal(2u, Taken(chain.Extend(GoldenLog.Bytes(Golden, "adopted"))).Version);
    }

    [Fact]
    public void Every_head_key_of_a_first_root_without_root_keys_must_sign()
    {
        var founded = new TrustRoot { Format = 1, RootVersion = 1, Realm = "test", Nonce = ByteString.CopyFrom(new byte[16]), HeadKeys = { _ceremony.Public("origin-1"), _ceremony.Public("origin-2") } };
        var chain = RootChain.From(TrustAnchor.Seal(founded));

        Refused(RefusalCode.BadSignature, chain, _ceremony.Next(chain, ["head-9"], ["origin-1", "root-1", "root-2"]));
        Taken(chain.Extend(_ceremony.Next(chain, ["head-9"], ["origin-1", "origin-2", "root-1", "root-2"]).Bytes));
    }

    [Fact]
    public void The_old_root_and_the_new_must_both_have_signed_with_as_many_keys_as_they_ask_for()
    {
        void Others(TrustRoot root)
        {
            root.RootKeys.Clear();
            root.RootKeys.AddRange(new[] { "root-4", "root-5" }.Select(_ceremony.Public));
        }

        Refused(RefusalCode.BadSignature, _first, _ceremony.Next(_first, ["head-2"], []));
        Refused(RefusalCode.BadSignature, _first, _ceremony.Next(_first, ["head-2"], ["root-1"]));
        Refused(RefusalCode.BadSignature, _first, _ceremony.Next(_first, ["head-2"], ["root-1", "head-1", "rescue-1", "rescue-2"])); // other roles count for nothing
        Refused(RefusalCode.BadSignature, _first, _ceremony.Next(_first, ["head-2"], ["root-4", "root-5"], Others));
        Refused(RefusalCode.BadSignature, _first, _ceremony.Next(_first, ["head-2"], ["root-1", "root-2", "root-4"], Others));
        Taken(_first.Extend(_ceremony.Next(_first, ["head-2"], ["root-1", "root-2", "root-4", "root-5"], Others).Bytes));
        Taken(_first.Extend(_ceremony.Next(_first, ["head-2"], ["root-1", "root-3"]).Bytes));
    }

    [Fact]
    public void No_version_is_skipped_none_is_taken_back_and_a_second_one_of_the_same_number_is_told()
    {
        var second = _ceremony.Next(_first, ["head-2"], ["root-1", "root-2"]);
        var chain = Taken(_first.Extend(second.Bytes));
        var third = _ceremony.Next(chain, ["head-3"], ["root-1", "root-2"]);

        Refused(RefusalCode.WrongBase, _first, third);
        chain = Taken(chain.Extend(third.Bytes));
        Assert.Same(chain, chain.Extend(third.Bytes).Value);
        Assert.Same(chain, chain.Extend(second.Bytes).Value); // known, and nothing new
        Refused(RefusalCode.BelowFloor, chain, _ceremony.Next(_first, ["head-9"], ["root-1", "root-2"]));
        Refused(RefusalCode.Equivocation, chain, _ceremony.Next(Taken(_first.Extend(second.Bytes)), ["head-9"], ["root-1", "root-2"]));
    }

    [Fact]
    public void Only_those_who_hold_the_root_may_call_for_an_update_of_the_software()
    {
        Refused(RefusalCode.Unsupported, _first, _ceremony.Next(_first, ["head-2"], ["root-1", "root-2"], root => root.MinFormat = 3));
        Refused(RefusalCode.BadSignature, _first, _ceremony.Next(_first, ["head-2"], ["root-1"], root => root.MinFormat = 3));
        Taken(_first.Extend(_ceremony.Next(_first, ["head-2"], ["root-1", "root-2"], root => root.MinFormat = 2).Bytes));
        // Format 3 with a field that this version does not know, signed by those who are trusted.
        byte[] later = [.. _ceremony.Root(2, ["head-2"], logId: _first.LogId).ToByteArray(), 0xf8, 0x06, 0x01];
        later[1] = 3;
        var envelope = new Wire.SignedRoot { Root = ByteString.CopyFrom(later) };
        foreach (var name in (string[])["root-1", "root-2"])
            envelope.Signatures.Add(new RoleSignature { KeyId = name, Signature = ByteString.CopyFrom(_ceremony.Signer(name).Sign(SignedRoot.SignedBytes(later))) });
        Assert.Equal(RefusalCode.Unsupported, _first.Extend(envelope.ToByteArray()).Refusal!.Code);
    }

    [Fact]
    public void Roots_of_another_log_or_realm_are_refused_though_the_right_keys_signed()
    {
        Refused(RefusalCode.WrongLog, _first, _ceremony.Next(_first, ["head-2"], ["root-1", "root-2"], root => root.LogId = ByteString.CopyFrom(new byte[32])));
        Refused(RefusalCode.Malformed, _first, _ceremony.Next(_first, ["head-2"], ["root-1", "root-2"], root => root.Realm = "other"));
    }

    [Fact]
    public void Roots_that_break_a_rule_cannot_be_proposed()
    {
        Unfit("1 to 16 root keys", root => root.RootKeys.Clear());
        Unfit("threshold of its root keys", root => root.RootThreshold = 0);
        Unfit("threshold of its root keys", root => root.RootThreshold = 4);
        Unfit("recovery keys cannot be", root => root.RecoveryThreshold = 3);
        Unfit("recovery keys cannot be", root => root.RecoveryThreshold = 0);
        Unfit("recovery keys cannot be", root => root.RecoveryKeys.Clear());
        Unfit("two keys have the id", root => root.RootKeys.Add(_ceremony.Public("head-1")));
        Unfit("stands there twice", root => root.RootKeys.Add(new HeadKey(_ceremony.Public("root-1")) { KeyId = "root-1-again" })); // it would count twice
        Unfit("stands there twice", root => root.RecoveryKeys.Add(new HeadKey(_ceremony.Public("root-1")) { KeyId = "rescue-9" }));
        Unfit("nonce", root => root.Nonce = ByteString.CopyFrom(new byte[16]));
        Unfit("log_id", root => root.LogId = ByteString.Empty);
        Unfit("expiry", root => root.ExpiresAtMs = -1);
        Unfit("cannot have format 1", root => root.Format = 1);
        Unfit("a version is 1 to 256", root => root.RootVersion = 257);
    }

    [Fact]
    public void A_first_root_of_format_1_holds_head_keys_only()
    {
        var root = GoldenLog.Anchor.Root.Clone();
        root.RootKeys.Add(_ceremony.Public("root-1"));
        root.RootThreshold = 1;

        Assert.Contains("head keys only", Assert.Throws<ArgumentException>(() => TrustAnchor.Seal(root)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void No_flipped_bit_leaves_a_signed_root_acceptable()
    {
        Assert.True(TrustAnchor.TryParse(GoldenLog.Bytes(Golden, "first"), out var anchor, out _));
        var (chain, bytes) = (RootChain.From(anchor), Convert.FromHexString(Golden.GetProperty("roots")[0].GetString()!));

        for (var bit = 0; bit < 8 * bytes.Length; bit++)
        {
            byte[] altered = [.. bytes];
            altered[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.NotNull(chain.Extend(altered).Refusal);
        }
    }

    [Fact]
    public void Any_bytes_are_refused_without_an_exception() => Gen.Byte.Array[0, 200].Sample(bytes => Assert.NotEmpty(_first.Extend(bytes).Refusal!.Detail));

    private void Unfit(string reason, Action<TrustRoot> alter) =>
        Assert.Contains(reason, Assert.Throws<ArgumentException>(() => SignedRoot.Propose(_ceremony.Root(2, ["head-1"], alter, _first.LogId))).Message, StringComparison.Ordinal);

    private static void Refused(RefusalCode code, RootChain chain, SignedRoot root)
    {
        var verdict = chain.Extend(root.Bytes);
        Assert.Null(verdict.Value);
        Assert.Equal(code, verdict.Refusal!.Code);
    }

    private static RootChain Taken(Verdict<RootChain> verdict)
    {
        Assert.Null(verdict.Refusal);
        return verdict.Value!;
    }

    private static byte[] Again(SignedRoot root)
    {
        var envelope = new Wire.SignedRoot { Root = ByteString.CopyFrom(root.RootBytes.Span) };
        envelope.Signatures.AddRange(root.Signatures);
        return envelope.ToByteArray();
    }

    public void Dispose() => _ceremony.Dispose();
}
