// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using Heliograph.Core.Sequencing;
using Xunit;

namespace Heliograph.Origin.Tests;

/// <summary>A measurement, run on demand: <c>Heliograph.Origin.Tests -explicit only -class Heliograph.Origin.Tests.ThroughputTests</c>.</summary>
public sealed class ThroughputTests(ITestOutputHelper output)
{
    [Theory(Explicit = true)]
    [InlineData(1, 2_000)]
    [InlineData(16, 2_000)]
    public async Task Durable_changes_a_second(int authors, int each)
    {
        await using var origin = await RunningOrigin.StartAsync();
        await origin.SeedAsync("shop");
        var (shop, sequencer) = (NamespaceName.Parse("shop"), origin.Host.Sequencer);
        async Task AuthorAsync(int author, int from, int count)
        {
            for (var i = from; i < from + count; i++)
            {
                var change = new Changeset(shop, [new SettingOperation.Put(Setting.Of($"key-{author}-{i % 100}", $"value {i}"))]);
                Assert.IsType<SubmitResult.Committed>(await sequencer.SubmitAsync(new Submission.Change(change, "ann", $"r-{author}-{i}"), TestContext.Current.CancellationToken));
            }
        }
        await Task.WhenAll(Enumerable.Range(0, authors).Select(author => Task.Run(() => AuthorAsync(author, 0, 200))));

        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, authors).Select(author => Task.Run(() => AuthorAsync(author, 200, each))));

        output.WriteLine($"{authors} author(s): {authors * each / Stopwatch.GetElapsedTime(started).TotalSeconds:0} durable changes/s");
    }
}
