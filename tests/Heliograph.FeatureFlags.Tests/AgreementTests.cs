// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Heliograph.FeatureFlags.Evaluation;

namespace Heliograph.FeatureFlags.Tests;

/// <summary>Many flags, drawn at random, evaluated here and by npm <c>@microsoft/feature-management</c>: targeting, shares, windows that come again, variants, overrides.</summary>
public sealed class AgreementTests
{
    private const int Cases = 4_000;

    [Fact]
    public async Task The_published_library_comes_to_the_same_result_for_every_flag_and_user()
    {
        var directory = Path.Combine(Repository.Root, "tests", "AppConfigurationClients");
        Assert.SkipUnless(Directory.Exists(Path.Combine(directory, "node_modules", "@microsoft", "feature-management")), "The npm packages of tests/AppConfigurationClients are not installed (npm ci).");
        var drawn = new DrawnFlags(new Random(20_260_401), alsoOddWeeks: false);
        var cases = Enumerable.Range(0, Cases).Select(drawn.Draw).ToList();
        var theirs = JsonNode.Parse(await RunAsync(directory, new JsonArray([.. cases.Select(one => one.DeepClone())]).ToJsonString()))!.AsArray();
        Assert.Equal(Cases, theirs.Count);

        var evaluator = new FlagEvaluator(() => 0.5);
        var (on, variants) = (0, 0);
        for (var i = 0; i < Cases; i++)
        {
            Assert.True(FlagReader.TryRead(cases[i]["flag"]!.ToJsonString(), out var flag, out var faults), $"{string.Join("; ", faults)} {cases[i].ToJsonString()}");
            var context = new FlagContext((string?)cases[i]["user"], [.. cases[i]["groups"]!.AsArray().Select(group => (string)group!)]);
            var result = evaluator.Evaluate(flag, context, DateTimeOffset.Parse((string)cases[i]["now"]!, CultureInfo.InvariantCulture));
            Assert.True(((bool)theirs[i]!["enabled"]!, (string?)theirs[i]!["variant"]) == (result.IsEnabled, result.Variant?.Name),
                $"They: {theirs[i]!.ToJsonString()}; here: {result.IsEnabled}, {result.Variant?.Name}; {cases[i].ToJsonString()}");
            on += result.IsEnabled ? 1 : 0;
            variants += result.Variant is null ? 0 : 1;
        }
        Assert.InRange(on, Cases / 5, 4 * Cases / 5); // a draw in which all came out alike would show nothing
        Assert.InRange(variants, Cases / 5, 4 * Cases / 5);
    }

    private static async Task<string> RunAsync(string directory, string input)
    {
        using var node = Process.Start(new ProcessStartInfo("node", ["evaluate.js"]) { WorkingDirectory = directory, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (output, errors) = (node.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken), node.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        await node.StandardInput.WriteAsync(input);
        node.StandardInput.Close();
        await node.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromMinutes(2));
        return node.ExitCode == 0 ? await output : throw new InvalidOperationException(await errors);
    }
}
