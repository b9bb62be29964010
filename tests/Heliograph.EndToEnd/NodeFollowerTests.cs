// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace Heliograph.EndToEnd;

/// <summary>Another language follows: the sample in Node, from the published .proto files, against a real realm.</summary>
public sealed class NodeFollowerTests(NodeSample sample) : IClassFixture<NodeSample>, IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("helio-node-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Each_change_is_verified_and_printed_and_the_fleet_counts_the_follower(bool atTheAgent)
    {
        // Given a follower in Node
        await using var realm = await RealmAsync(("Greeting", "hello"));
        await using var follower = Follow(realm, "--parent", atTheAgent ? realm.AgentGrpc : realm.Grpc);
        await ExpectAsync(follower, "Greeting", "hello");

        // When settings change, then each is printed as verified
        await realm.HelioAsync("set", "demo", "Greeting", "hello, wörld", "--wait", "100%");
        await ExpectAsync(follower, "Greeting", "hello, wörld");
        await realm.HelioAsync("set", "demo", "Basket:Max", "50", "-l", "dev", "--content-type", "application/json");
        var labelled = await ExpectAsync(follower, "Basket:Max", "50");
        Assert.Equal(("dev", "application/json"), ((string)labelled["label"]!, (string)labelled["contentType"]!));
        await realm.HelioAsync("delete", "demo", "Greeting");
        Assert.True((bool)(await ExpectAsync(follower, "Greeting", null))["deleted"]!);

        // And a namespace of several megabytes comes in chunks
        var big = Path.Combine(_directory, "big.json");
        await File.WriteAllTextAsync(big, new JsonObject([.. Enumerable.Range(0, 300).Select(i => KeyValuePair.Create($"k{i}", (JsonNode?)JsonValue.Create(new string((char)('a' + i % 26), 9_000))))]).ToJsonString(), Cancel);
        await realm.HelioAsync("apply", "--yes", "demo", "-f", big);
        for (var i = 0; i < 300; i++) Assert.True((bool)(await NextAsync(follower))["verified"]!);
    }

    [Fact]
    public async Task A_parent_that_alters_a_value_is_refused_and_what_is_held_stays()
    {
        // Given a follower that holds a value, behind a proxy that alters the next one
        await using var realm = await RealmAsync(("Price", "100.00 EUR"));
        await using var proxy = new TamperingProxy(new Uri(realm.Grpc).Port, "999.00 EUR", "000.01 EUR");
        await using var follower = Follow(realm, "--parent", proxy.Address);
        await ExpectAsync(follower, "Price", "100.00 EUR");

        // When the value changes
        await realm.HelioAsync("set", "demo", "Price", "999.00 EUR");

        // Then the altered update is refused, again and again, as long as the proxy is there
        for (var i = 0; i < 2; i++)
        {
            var refused = await NextAsync(follower);
            Assert.Equal("wrong_root", (string?)refused["refused"]);
            Assert.NotNull(refused["kept"]);
        }
        Assert.InRange(proxy.Forgeries, 2, int.MaxValue);

        // And another parent brings what is true
        await using var honest = Follow(realm, "--parent", realm.Grpc);
        await ExpectAsync(honest, "Price", "999.00 EUR");
    }

    [Fact]
    public async Task Of_frames_with_a_flipped_bit_nothing_is_believed_that_was_not_signed()
    {
        // Given the frames of a snapshot and of a delta, as a follower recorded them
        await using var realm = await RealmAsync(("Greeting", "hello"), ("Other", "unchanged"));
        var recording = Path.Combine(_directory, "frames.jsonl");
        await using (var follower = Follow(realm, "--parent", realm.Grpc, "--record", recording))
        {
            await NextAsync(follower);
            await NextAsync(follower);
            await realm.HelioAsync("set", "demo", "Greeting", "hello again");
            await ExpectAsync(follower, "Greeting", "hello again");
        }
        var updates = (await File.ReadAllLinesAsync(recording, Cancel)).Where(line => (int)JsonNode.Parse(line)!["type"]! == 17).ToList();
        Assert.Equal(2, updates.Count);

        // When they are replayed, each after all that one flipped bit in each of its bytes can make of it
        var flipped = updates.ConvertAll(update => Flipped(update).ToList());
        var replay = Path.Combine(_directory, "flipped.jsonl");
        await File.WriteAllLinesAsync(replay, [.. flipped[0], updates[0], .. flipped[1], updates[1]], Cancel);
        await using var judge = sample.Run("--replay", replay, "--trust", realm.Trust);
        var (code, output, errors) = await judge.WaitAsync(TimeSpan.FromMinutes(2), Cancel);

        // Then only what was signed is ever printed, once, in order
        Assert.True(code == 0, errors);
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!.AsObject()).ToList();
        var verified = lines.Where(line => line.ContainsKey("verified")).Select(line => $"{line["key"]}={line["value"]}").ToList();
        Assert.Equal(["Greeting=hello", "Other=unchanged"], verified[..2].Order(StringComparer.Ordinal));
        Assert.Equal(["Greeting=hello again"], verified[2..]);

        // And what was altered is refused; but for what announces more records than come, and for a frame's own tags, which readers of protobuf may overlook
        var refused = lines.Where(line => line.ContainsKey("refused")).Select(line => (string?)line["refused"]).ToList();
        Assert.InRange(refused.Count, flipped.Sum(variants => variants.Count) - 24, flipped.Sum(variants => variants.Count));
        foreach (var reason in new[] { "bad_signature", "wrong_log", "wrong_proof", "wrong_root", "wrong_base", "malformed" }) Assert.Contains(reason, refused);
    }

    private async Task<DevelopmentRealm> RealmAsync(params (string Key, string Value)[] settings)
    {
        sample.Require();
        var realm = await DevelopmentRealm.StartAsync();
        await realm.HelioAsync("ns", "create", "demo");
        foreach (var (key, value) in settings) await realm.HelioAsync("set", "demo", key, value);
        return realm;
    }

    private HelioProcess Follow(DevelopmentRealm realm, params string[] arguments) => sample.Run(["--trust", realm.Trust, .. arguments]);

    private static async Task<JsonObject> NextAsync(HelioProcess follower)
    {
        var line = await follower.ReadLineAsync(Cancel).WaitAsync(TimeSpan.FromSeconds(120), Cancel);
        return JsonNode.Parse(line ?? throw new InvalidOperationException("The follower ended."))!.AsObject();
    }

    private static async Task<JsonObject> ExpectAsync(HelioProcess follower, string key, string? value)
    {
        var line = await NextAsync(follower);
        Assert.Equal((key, value, true), ((string?)line["key"], (string?)line["value"], (bool?)line["verified"] ?? false));
        return line;
    }

    private static IEnumerable<string> Flipped(string recorded)
    {
        var message = Convert.FromBase64String((string)JsonNode.Parse(recorded)!["message"]!);
        for (var i = 0; i < message.Length; i++)
        {
            var altered = message.ToArray();
            altered[i] ^= (byte)(1 << (i % 8));
            yield return JsonSerializer.Serialize(new { type = 17, message = altered });
        }
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
