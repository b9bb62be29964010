// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.Metrics;
using System.Reflection;
using System.Text.RegularExpressions;
using Heliograph.Core.Replicas;
using Heliograph.Core.Sequencing;
using Heliograph.Hosting.Problems;
using Heliograph.Origin.Http;
using Heliograph.Origin.Telemetry;
using Xunit;

namespace Heliograph.Origin.Tests.Http;

public sealed partial class ProblemsTests
{
    [Fact]
    public void Every_refusal_of_the_sequencer_has_an_answer()
    {
        SubmitResult[] refusals =
        [
            new SubmitResult.Conflict(new(1, 2)),
            new SubmitResult.PreconditionFailed([new(SettingKey.Create("a"), new Precondition.Absent(), Hash256.Zero), new(SettingKey.Create("b"), new Precondition.Matches(Hash256.Zero), null)]),
            new SubmitResult.Locked([SettingKey.Create("a", "l")]),
            new SubmitResult.Invalid([new("a", "b")]),
            new SubmitResult.OverLimit("settings", 1, 2),
            new SubmitResult.NotFound(),
            new SubmitResult.AlreadyExists(),
            new SubmitResult.Archived(),
            new SubmitResult.Frozen("*", "ops", "Black Friday"),
            new SubmitResult.Pinned(new(new(1, 2), new(1, 3), "ops", "free goods", DateTimeOffset.UnixEpoch)),
            new SubmitResult.ApprovalRequired("shop.*", 1),
            new SubmitResult.NotArchived(),
            new SubmitResult.RequestIdReused(new(1, 2)),
            new SubmitResult.Overloaded(TimeSpan.FromSeconds(1)),
            new SubmitResult.Unavailable("Away.", TimeSpan.FromSeconds(1)),
            new SubmitResult.StoreFull("Full."),
            new SubmitResult.ReadOnly("Recovery."),
            new SubmitResult.OutcomeUnknown(),
        ];
        Type[] successes = [typeof(SubmitResult.Committed), typeof(SubmitResult.Duplicate), typeof(SubmitResult.Unchanged), typeof(SubmitResult.WouldCommit)];
        var kinds = typeof(SubmitResult).GetNestedTypes(BindingFlags.Public).Where(type => type.IsSubclassOf(typeof(SubmitResult)));

        Assert.Equal(kinds.Select(type => type.Name).Order(), successes.Concat(refusals.Select(refusal => refusal.GetType())).Select(type => type.Name).Order());
        Assert.Equal(429, new SubmitResult.Overloaded(TimeSpan.FromSeconds(1)) { IsOwnShare = true }.ToProblem().Kind.Status);
        using var meter = new Meter("outcomes");
        var metrics = new SequencerMetrics(meter, traceRatio: 0, "o1", TimeProvider.System);
        var submission = new Submission.Delete(NamespaceName.Parse("shop"), "ann", "r1");
        foreach (var refusal in refusals)
        {
            metrics.Submitted(submission, refusal, TimeSpan.Zero); // each is counted under a name that the metric has
            var problem = refusal.ToProblem();
            Assert.Contains(problem.Kind, ProblemKinds.All);
            Assert.NotEmpty(problem.Detail!);
        }
        Assert.Equal(refusals.Length, refusals.Select(refusal => refusal.ToProblem().Kind).Distinct().Count());
    }

    [Fact]
    public void Every_kind_of_problem_is_explained_with_its_status()
    {
        var rows = Rows("| code | status |");
        Assert.Equal(ProblemKinds.All.Select(kind => (kind.Code, kind.Status)).Order(), rows.Select(row => (row[0].Trim('`'), int.Parse(row[1], System.Globalization.CultureInfo.InvariantCulture))).Order());
        Assert.All(rows, row => Assert.True(row[3].Length > 10));
    }

    [Fact]
    public void Every_reason_not_to_accept_is_explained() =>
        Assert.Equal(Enum.GetNames<RefusalCode>().Order(), Rows("| code | what it means |").Select(row => row[0].Trim('`')).Order());

    [Fact]
    public void Every_limit_is_listed()
    {
        var text = File.ReadAllText(Document("limits.md"));
        Assert.All(typeof(Limits).GetFields(BindingFlags.Public | BindingFlags.Static), field => Assert.Contains($"`{field.Name}`", text, StringComparison.Ordinal));
    }

    private static List<string[]> Rows(string header) =>
        [.. File.ReadLines(Document("errors.md")).SkipWhile(line => !line.StartsWith(header, StringComparison.Ordinal)).Skip(2).TakeWhile(line => line.StartsWith('|'))
            .Select(line => Cell().Split(line.Trim('|')).Select(cell => cell.Trim()).ToArray())];

    private static string Document(string name)
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
            if (Path.Combine(directory.FullName, "docs", "reference", name) is var path && File.Exists(path)) return path;
        throw new FileNotFoundException("The documents are not above the test.", name);
    }

    [GeneratedRegex(@"\|")]
    private static partial Regex Cell();
}
