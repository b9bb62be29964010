// SPDX-License-Identifier: Apache-2.0
using System.Text.Json.Nodes;

namespace Heliograph.OpenFeature.Tests;

/// <summary>Flags in flagd's format.</summary>
public sealed class FlagdTests
{
    [Fact]
    public async Task The_file_holds_the_flags_and_is_replaced_at_every_change_of_one()
    {
        await using var flags = await RunningFlags.StartAsync();
        await flags.WriteAsync("""{"id":"plain","enabled":true}""");
        await RunningFlags.UntilAsync(async () => File.Exists(flags.File) && (await ReadAsync(flags))["flags"]!["plain"] is not null);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse("""{"variants":{"on":true,"off":false},"defaultVariant":"on","state":"ENABLED"}"""), (await ReadAsync(flags))["flags"]!["plain"]));
        Assert.Equal(RunningFlags.Store.Value, (string)(await ReadAsync(flags))["metadata"]!["flagSetId"]!);
        await flags.WriteAsync("""{"id":"plain","enabled":false}""");
        await RunningFlags.UntilAsync(async () => (string)(await ReadAsync(flags))["flags"]!["plain"]!["defaultVariant"]! == "off");
    }

    private static async Task<JsonNode> ReadAsync(RunningFlags flags) => JsonNode.Parse(await File.ReadAllTextAsync(flags.File, RunningFlags.Cancel))!;
}
