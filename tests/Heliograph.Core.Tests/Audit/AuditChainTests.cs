// SPDX-License-Identifier: Apache-2.0
using System.Text;
using System.Text.Json;
using Heliograph.Core.Audit;
using Heliograph.Core.Log;
using Heliograph.Core.Tests.Log;
using Xunit;

namespace Heliograph.Core.Tests.Audit;

/// <summary>golden-audit.json, written by golden-audit.py, which knows docs/reference/audit-log.md and nothing of this code.</summary>
public sealed class AuditChainTests
{
    private static readonly JsonElement s_golden = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Audit", "golden-audit.json"))).RootElement;

    private static string[] Denied => [.. s_golden.GetProperty("denied").EnumerateArray().Select(line => line.GetString()!)];

    private static string[] Changes => [.. s_golden.GetProperty("changes").EnumerateArray().Select(line => line.GetString()!)];

    [Fact]
    public void Records_of_refused_attempts_have_the_bytes_of_the_golden_vectors()
    {
        Assert.True(Hash256.TryParse(s_golden.GetProperty("log").GetString()!, out var log));
        var shop = NamespaceName.Parse("shop.api");
        var written = new List<AuditLine>();
        void Add(Func<Hash256, string> record) => written.Add(AuditLine.After(written.Count == 0 ? Hash256.Zero : written[^1].Hash, record(written.Count == 0 ? Hash256.Zero : written[^1].Hash)));
        Add(previous => AuditRecords.Begin(0, AuditChains.Denied, log, "origin-1", previous));
        Add(_ => AuditRecords.Denied(1, At("21:58:08.250"), new(null, "none", null, "192.0.2.7", "GET api/v1/namespaces", null, "unauthenticated")));
        Add(_ => AuditRecords.Denied(2, At("21:58:09"), new("ci \"quoted\" é😀\\", "token", "0123456789abcdef", "2001:db8::1", "PUT api/v1/namespaces/{ns}/setting", shop, "not_authorized")));
        Add(_ => AuditRecords.DeniedMany(3, At("21:58:20.001"), At("21:58:10"), 2, 41_213));
        Add(_ => AuditRecords.Repaired(4, At("22:00:00"), 17));
        Add(previous => AuditRecords.Begin(4, AuditChains.Denied, log, "origin-1", previous));
        Add(_ => AuditRecords.Denied(5, At("22:00:01"), new("x", "certificate", null, null, "sync subscribe", shop, "not_authorized")));

        Assert.Equal(Denied, written.Select(line => Encoding.ASCII.GetString(line.ToBytes()).TrimEnd('\n')));
    }

    [Fact]
    public void Records_of_calls_that_were_done_have_the_bytes_of_the_golden_vectors()
    {
        Assert.True(Hash256.TryParse(s_golden.GetProperty("log").GetString()!, out var log));
        var at = new DateTimeOffset(2026, 11, 27, 1, 0, 0, TimeSpan.Zero);
        var lines = new List<AuditLine> { AuditLine.After(Hash256.Zero, AuditRecords.Begin(0, AuditChains.Accepted, log, "origin-1", Hash256.Zero)) };
        lines.Add(AuditLine.After(lines[^1].Hash, AuditRecords.Accepted(1, at, new("oidc/corp:ann", "oidc", "https://id.example.com", "192.0.2.7", "PUT api/v1/namespaces/{ns}/setting", "r-1"))));
        lines.Add(AuditLine.After(lines[^1].Hash, AuditRecords.Accepted(2, at.AddMilliseconds(1_500), new("spiffe://shop/app/ci/deploy", "certificate", null, null, "POST api/v1/namespaces", "r-2"))));

        Assert.Equal(s_golden.GetProperty("accepted").EnumerateArray().Select(line => line.GetString()!), lines.Select(line => Encoding.ASCII.GetString(line.ToBytes()).TrimEnd('\n')));
    }

    [Fact]
    public void Records_of_changes_have_the_bytes_of_the_golden_vectors_and_hold_no_value()
    {
        Assert.True(Hash256.TryParse(s_golden.GetProperty("realm").GetString()!, out var realm));
        var lines = new List<AuditLine> { AuditLine.After(Hash256.Zero, AuditRecords.Begin(0, AuditChains.Changes, realm, null, Hash256.Zero)) };
        foreach (var golden in GoldenLog.Root.GetProperty("entries").EnumerateArray())
        {
            Assert.True(LogEntry.TryParse(GoldenLog.Bytes(golden, "bytes"), out var entry, out _));
            lines.Add(AuditLine.After(lines[^1].Hash, AuditRecords.Change(lines.Count, entry)));
            foreach (var change in entry.Content.ChangeSettings?.Changes ?? [])
                if (change.Put?.Value.ToStringUtf8() is { Length: > 3 } value) Assert.DoesNotContain(value, Encoding.ASCII.GetString(lines[^1].Json.Span), StringComparison.Ordinal);
        }
        Assert.Equal(Changes, lines.Select(line => Encoding.ASCII.GetString(line.ToBytes()).TrimEnd('\n')));
    }

    [Fact]
    public void A_chain_that_nobody_touched_is_whole()
    {
        var (verifier, fault) = Verify(Denied);
        Assert.Null(fault);
        Assert.Equal(("denied", "origin-1", 1L, 5L, 5L, 1L), (verifier.Chain, verifier.Node, verifier.First, verifier.Last, verifier.Records, verifier.Scars));
        Assert.StartsWith(verifier.LastHash.ToString(), Denied[^1], StringComparison.Ordinal);
        Assert.Null(Verify(Changes).Fault);
        Assert.Null(Verify(Denied[5..]).Fault); // older files were let go: the rest still stands for itself
    }

    public static TheoryData<string, AuditFault> Tamperings => new()
    {
        { "change a byte", AuditFault.HashMismatch },
        { "change a hash", AuditFault.HashMismatch },
        { "take a record out", AuditFault.NumberMismatch },
        { "put a record in", AuditFault.NumberMismatch },
        { "swap two records", AuditFault.NumberMismatch },
        { "number anew after taking one out", AuditFault.HashMismatch },
        { "take a beginning out", AuditFault.HashMismatch },
        { "take the first beginning out", AuditFault.NotTheBeginning },
        { "another realm's file", AuditFault.NotTheBeginning },
        { "a member twice", AuditFault.NotARecord },
        { "no record", AuditFault.NotARecord },
        { "cut the end off", AuditFault.AnchorMissing },
        { "write the end anew", AuditFault.AnchorMismatch },
    };

    [Theory]
    [MemberData(nameof(Tamperings))]
    public void Whatever_is_done_to_it_is_found(string what, AuditFault expected)
    {
        var lines = Denied.ToList();
        switch (what)
        {
            case "change a byte": lines[2] = lines[2].Replace("shop.api", "shop.apj", StringComparison.Ordinal); break;
            case "change a hash": lines[2] = (lines[2][0] == '0' ? '1' : '0') + lines[2][1..]; break;
            case "take a record out": lines.RemoveAt(2); break;
            case "put a record in": lines.Insert(2, lines[1]); break;
            case "swap two records": (lines[2], lines[3]) = (lines[3], lines[2]); break;
            case "number anew after taking one out":
                lines.RemoveAt(2);
                lines[2] = lines[2].Replace("\"n\":3", "\"n\":2", StringComparison.Ordinal);
                break;
            case "take a beginning out": lines.RemoveAt(5); break;
            case "take the first beginning out": lines.RemoveAt(0); break;
            case "another realm's file": lines.InsertRange(5, Changes); break;
            case "a member twice": lines[1] = lines[1].Replace("\"n\":1", "\"n\":1,\"n\":1", StringComparison.Ordinal); break;
            case "no record": lines[1] = "what?"; break;
            case "cut the end off": lines.RemoveAt(lines.Count - 1); break;
            default: // whoever writes all hashes anew is found by what was kept elsewhere
                lines[^1] = Encoding.ASCII.GetString(AuditLine.After(HashAt(lines[^2]), lines[^1][65..].Replace("shop.api", "shop.web", StringComparison.Ordinal)).ToBytes()).TrimEnd('\n');
                break;
        }
        Assert.Equal(expected, Verify(lines, new Dictionary<long, Hash256> { [5] = HashAt(Denied[^1]) }).Fault);
    }

    private static (AuditVerifier Verifier, AuditFault? Fault) Verify(IEnumerable<string> lines, Dictionary<long, Hash256>? anchors = null)
    {
        var verifier = new AuditVerifier(anchors);
        foreach (var line in lines)
            if (verifier.Next(Encoding.ASCII.GetBytes(line)) is { } fault) return (verifier, fault);
        return (verifier, verifier.End());
    }

    private static Hash256 HashAt(string line) => Hash256.TryParse(line.AsSpan(0, 64), out var hash) ? hash : throw new FormatException(line);

    private static DateTimeOffset At(string time) => DateTimeOffset.Parse($"2026-11-26T{time}Z", System.Globalization.CultureInfo.InvariantCulture);
}
