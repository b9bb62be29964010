// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Heliograph.FeatureFlags.Evaluation;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.FeatureManagement;
using Microsoft.FeatureManagement.FeatureFilters;

namespace Heliograph.FeatureFlags.Tests;

/// <summary>Many flags, drawn at random, evaluated here and by <c>Microsoft.FeatureManagement</c> itself, weekly windows from Sundays and counts over skipped weeks included.</summary>
public sealed class DotNetAgreementTests
{
    private const int Cases = 2_000;

    [Fact]
    public async Task Microsofts_library_for_dotnet_comes_to_the_same_result_for_every_flag_and_user()
    {
        var drawn = new DrawnFlags(new Random(20_261_126), alsoOddWeeks: true);
        var evaluator = new FlagEvaluator(() => 0.5);
        var (on, variants) = (0, 0);
        for (var i = 0; i < Cases; i++)
        {
            var one = drawn.Draw(i);
            Assert.True(FlagReader.TryRead(one["flag"]!.ToJsonString(), out var flag, out var faults), string.Join("; ", faults));
            var (user, groups) = ((string?)one["user"], one["groups"]!.AsArray().Select(group => (string)group!).ToList());
            var now = DateTimeOffset.Parse((string)one["now"]!, CultureInfo.InvariantCulture);
            var result = evaluator.Evaluate(flag, new FlagContext(user, groups), now);
            var theirs = await EvaluateAsync(one["flag"]!, new TargetingContext { UserId = user, Groups = groups }, now);
            Assert.True(theirs == (result.IsEnabled, result.Variant?.Name), $"They: {theirs}; here: {result.IsEnabled}, {result.Variant?.Name}; {one.ToJsonString()}");
            on += result.IsEnabled ? 1 : 0;
            variants += result.Variant is null ? 0 : 1;
        }
        Assert.InRange(on, Cases / 5, 4 * Cases / 5); // a draw in which all came out alike would show nothing
        Assert.InRange(variants, Cases / 5, 4 * Cases / 5);
    }

    private static async Task<(bool IsEnabled, string? Variant)> EvaluateAsync(JsonNode flag, TargetingContext context, DateTimeOffset now)
    {
        var document = new JsonObject { ["feature_management"] = new JsonObject { ["feature_flags"] = new JsonArray(flag.DeepClone()) } };
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(document.ToJsonString()));
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddJsonStream(stream).Build());
        services.AddSingleton<TimeProvider>(new Clock(now));
        services.AddFeatureManagement();
        await using var provider = services.BuildServiceProvider();
        var manager = provider.GetRequiredService<IVariantFeatureManager>();
        var name = (string)flag["id"]!;
        return (await manager.IsEnabledAsync(name, context, TestContext.Current.CancellationToken), (await manager.GetVariantAsync(name, context, TestContext.Current.CancellationToken))?.Name);
    }

    private sealed class Clock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
