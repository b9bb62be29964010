// SPDX-License-Identifier: Apache-2.0
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Heliograph.AppConfiguration.Access;
using Heliograph.Core.Access;
using Microsoft.AspNetCore.Http;
using static Heliograph.AppConfiguration.Tests.SignedClient;

namespace Heliograph.AppConfiguration.Tests;

/// <summary>Who may: signatures, and what a request that proves nothing is told.</summary>
public sealed class AuthenticationTests
{
    /// <summary>A signature computed by another implementation (Python's hmac) over a fixed request.</summary>
    [Fact]
    public void A_signature_of_another_implementation_holds_and_one_changed_bit_does_not()
    {
        var key = new AccessKey("dev", NamespaceName.Parse("n"), true, [Encoding.ASCII.GetBytes("secret-secret-secret-secret-1234")]);
        var request = new DefaultHttpContext().Request;
        request.Method = "GET";
        request.Headers.Host = "127.0.0.1:8483";
        request.Headers["x-ms-date"] = "Thu, 26 Nov 2026 12:00:00 GMT";
        request.Headers["x-ms-content-sha256"] = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
        const string Target = "/kv?api-version=1.0&key=a%2F*";
        var signed = new SignedRequest(new OneKey(key), new FixedTime(new(2026, 11, 26, 12, 0, 30, TimeSpan.Zero)));
        string Header(string signature) => $"HMAC-SHA256 Credential=dev&SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature={signature}";
        const string Golden = "QIeYCouzYgyV+VNvGZh1eluNxRbG4Y23GPNZYyZvO6E=";
        Assert.Same(key, signed.Check(request, Header(Golden), Target, []).Key);
        Assert.Same(key, signed.Check(request, Header(Golden).Replace('&', ','), Target, []).Key);
        Assert.Equal("Invalid Signature", signed.Check(request, Header(Golden), Target.Replace("%2F", "%2f", StringComparison.Ordinal), []).Refusal);
        Assert.Equal("Invalid Signature", signed.Check(request, Header(Convert.ToBase64String(new byte[32])), Target, []).Refusal);
        Assert.Equal("Invalid Signature", signed.Check(request, Header(Golden), Target, "body"u8).Refusal);
    }

    [Fact]
    public async Task What_a_request_lacks_is_said_in_the_contracts_words()
    {
        await using var face = await RunningFace.StartAsync();
        async Task<string?> AskAsync(params (string, string?)[] headers)
        {
            var reply = await face.Client.SendAsync("GET", $"/kv?{Newest}", null, headers);
            Assert.Equal(401, reply.Code);
            return reply.Header("WWW-Authenticate");
        }
        static string Error(string text) => $"HMAC-SHA256 error=\"invalid_token\" error_description=\"{text}\", Bearer";
        Assert.Equal("HMAC-SHA256, Bearer", await AskAsync(("Authorization", null)));
        Assert.Equal(Error("[Credential][SignedHeaders][Signature] is required"), await AskAsync(("Authorization", "HMAC-SHA256 Credential=x")));
        Assert.Equal(Error("host is required as a signed header"), await AskAsync(("Authorization", "HMAC-SHA256 Credential=x&SignedHeaders=x-ms-date;x-ms-content-sha256&Signature=y")));
        Assert.Equal(Error("x-ms-content-sha256 is required as a signed header"), await AskAsync(("Authorization", "HMAC-SHA256 Credential=x&SignedHeaders=x-ms-date;host&Signature=y")));
        Assert.Equal(Error("Signed request header 'x-more' is not provided"), await AskAsync(("Authorization", "HMAC-SHA256 Credential=x&SignedHeaders=x-ms-date;host;x-ms-content-sha256;x-more&Signature=y")));
        Assert.Equal(Error("The access token has expired"), await AskAsync(("x-ms-date", DateTimeOffset.UtcNow.AddMinutes(-16).ToString("r"))));
        Assert.Equal(Error("The access token has expired"), await AskAsync(("x-ms-date", DateTimeOffset.UtcNow.AddMinutes(16).ToString("r"))));
        Assert.Equal(Error("Invalid access token date"), await AskAsync(("x-ms-date", "never")));
        Assert.Equal(Error("Invalid Credential"), await AskAsync(("Authorization", "HMAC-SHA256 Credential=nobody&SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=y")));
        Assert.Equal(Error("Invalid Signature"), await AskAsync(("x-ms-content-sha256", Convert.ToBase64String(SHA256.HashData("x"u8)))));
    }

    [Fact]
    public async Task Both_secrets_of_a_key_open_the_store_and_a_read_only_key_may_not_write()
    {
        await using var face = await RunningFace.StartAsync();
        var second = face.ClientOf(face.Face, face.WriteKey, face.WriteKey.Secrets[1]);
        Assert.Equal(200, (await second.SendAsync("PUT", $"/kv/a?{Newest}", new JsonObject { ["value"] = "1" })).Code);
        var reader = face.ClientOf(face.Face, face.ReadKey);
        Assert.Equal(200, (await reader.SendAsync("GET", $"/kv/a?{Newest}")).Code);
        Assert.Equal(403, (await reader.SendAsync("PUT", $"/kv/a?{Newest}", new JsonObject { ["value"] = "2" })).Code);
        Assert.Equal("1", (string)(await face.Client.GetAsync($"/kv/a?{Newest}"))["value"]!);
    }

    [Fact]
    public async Task A_rotated_key_takes_the_secret_before_until_the_next_rotation_and_none_after_a_leak()
    {
        await using var face = await RunningFace.StartAsync();
        var (first, keys) = (face.ReadKey.Secrets[0], face.Origin.AccessKeys);
        async Task<int> AskAsync(ReadOnlyMemory<byte> secret) => (await face.ClientOf(face.Face, face.ReadKey, secret).SendAsync("GET", $"/kv?{Newest}")).Code;
        async Task<AccessKey> RotateAsync(bool endBoth) => (await keys.RotateAsync(face.ReadKey.Id, endBoth, "test", RunningFace.Id(), RunningFace.Cancel)).Key!;

        var second = await RotateAsync(endBoth: false);
        Assert.Equal((200, 200), (await AskAsync(first), await AskAsync(second.Secrets[0])));
        Assert.Equal(first.ToArray(), second.Secrets[1].ToArray());
        var third = await RotateAsync(endBoth: false);
        Assert.Equal((401, 200, 200), (await AskAsync(first), await AskAsync(second.Secrets[0]), await AskAsync(third.Secrets[0])));
        var afterLeak = await RotateAsync(endBoth: true);
        Assert.Equal((401, 401, 200, 200), (await AskAsync(second.Secrets[0]), await AskAsync(third.Secrets[0]), await AskAsync(afterLeak.Secrets[0]), await AskAsync(afterLeak.Secrets[1])));
        Assert.Equal(4, new[] { first, second.Secrets[0], third.Secrets[0], afterLeak.Secrets[0] }.Select(secret => Convert.ToHexString(secret.Span)).Distinct().Count());
        Assert.IsType<Core.Sequencing.SubmitResult.NotFound>((await keys.RotateAsync("none", false, "test", RunningFace.Id(), RunningFace.Cancel)).Result);
    }

    [Fact]
    public async Task A_revoked_key_opens_nothing_and_a_key_opens_only_its_own_store()
    {
        await using var face = await RunningFace.StartAsync();
        await face.Client.PutAsync("a", new JsonObject { ["value"] = "1" });
        var other = NamespaceName.Parse("store.other");
        await face.Origin.Sequencer.SubmitAsync(new Core.Sequencing.Submission.Create(other, "", "test", RunningFace.Id()), RunningFace.Cancel);
        var (key, _) = await face.Origin.AccessKeys.CreateAsync(other, mayWrite: true, "test", RunningFace.Id(), RunningFace.Cancel);
        var client = face.ClientOf(face.Face, key!);
        Assert.Empty(await client.ListAsync(""));
        await face.Origin.AccessKeys.RevokeAsync(key!.Id, "test", RunningFace.Id(), RunningFace.Cancel);
        Assert.Equal(401, (await client.SendAsync("GET", $"/kv?{Newest}")).Code);
        Assert.Equal(200, (await face.Client.SendAsync("GET", $"/kv?{Newest}")).Code);
    }

    [Fact]
    public async Task No_secret_is_in_the_log_or_in_what_subscribers_get()
    {
        await using var face = await RunningFace.StartAsync();
        var secrets = new[] { face.WriteKey, face.ReadKey }.SelectMany(key => key.Secrets).SelectMany(secret => new[] { Convert.ToBase64String(secret.Span), Convert.ToHexStringLower(secret.Span) }).ToList();
        for (var sequence = 1L; sequence <= face.Origin.Sequencer.Current.State.Revision.Sequence; sequence++)
        {
            var entry = Assert.IsType<Core.Log.StoreAnswer<Core.Log.LogEntry>.Done>(await face.Origin.Sequencer.History.ReadEntryAsync(sequence, RunningFace.Cancel)).Value;
            var text = Encoding.Latin1.GetString(entry.Bytes.Span);
            Assert.DoesNotContain(secrets, secret => text.Contains(secret, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_browser_is_told_what_it_may_send_and_read_and_ids_are_echoed()
    {
        await using var face = await RunningFace.StartAsync();
        var preflight = await face.Client.SendAsync("OPTIONS", "/kv", null, ("Origin", "https://app.example"), ("Access-Control-Request-Method", "GET"), ("Access-Control-Request-Headers", "authorization,x-ms-date"), ("Authorization", null));
        Assert.Equal((200, "*", "authorization,x-ms-date"), (preflight.Code, preflight.Header("Access-Control-Allow-Origin"), preflight.Header("Access-Control-Allow-Headers")));
        var reply = await face.Client.SendAsync("GET", $"/kv?{Newest}", null, ("x-ms-client-request-id", "mine"), ("x-ms-return-client-request-id", "true"));
        Assert.Equal("mine", reply.Header("x-ms-client-request-id"));
        Assert.True(Guid.TryParse(reply.Header("x-ms-request-id"), out _));
        Assert.Contains("Sync-Token", reply.Header("Access-Control-Expose-Headers"), StringComparison.Ordinal);
    }

    private sealed class OneKey(AccessKey key) : IAccessKeySource
    {
        public AccessKey? Find(ReadOnlySpan<char> id) => id.SequenceEqual(key.Id) ? key : null;
    }

    private sealed class FixedTime(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
