// SPDX-License-Identifier: Apache-2.0
using System.Text.RegularExpressions;
using Heliograph.Cli.Terminal;
using Heliograph.Core.Replicas;
using Heliograph.Hosting.Problems;
using Heliograph.Protocol;
using Heliograph.Replication.Ports;
using Heliograph.Storage.Sqlite;
using Xunit;

namespace Heliograph.Architecture.Tests;

/// <summary>Every error that someone can meet is explained where they would look, and nothing is explained that nobody can meet.</summary>
public sealed partial class DocumentedErrorsTests
{
    [Fact]
    public void Every_problem_of_the_API_is_in_errors_md_with_its_status_and_no_other_is()
    {
        var rows = ProblemRow().Matches(Repository.Reference("errors.md")).Select(match => (match.Groups[1].Value, match.Groups[2].Value)).Order().ToList();
        Assert.Equal(ProblemKinds.All.Select(kind => (kind.Code, $"{kind.Status}")).Order(), rows);
    }

    [Fact]
    public void Every_refusal_of_a_replica_is_in_errors_md_and_with_its_name_on_the_wire_in_acceptance_md()
    {
        var (errors, acceptance) = (Repository.Reference("errors.md"), Repository.Reference("acceptance.md"));
        Assert.All(Enum.GetValues<RefusalCode>(), code =>
        {
            Assert.Contains($"| `{code}` |", errors, StringComparison.Ordinal);
            Assert.Contains($"| `{code}` | `{RefusalCodes.ToWire(code)}` |", acceptance, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Every_refusal_of_a_parent_is_in_sync_protocol_md()
    {
        var page = Repository.Reference("sync-protocol.md");
        var codes = RefusedCodes().Match(Repository.Read("src/Heliograph.Protocol/Protos/heliograph/sync/v1/sync.proto")).Groups[1].Value.Split(", ");
        Assert.True(codes.Length >= 6, "The codes stand in a comment at Refused.code.");
        Assert.All(codes, code => Assert.Contains($"| `{code}` |", page, StringComparison.Ordinal));
        var sent = Repository.Files("src/Heliograph.Replication", "*.cs").SelectMany(file => SentCode().Matches(Repository.Read(file)).Select(match => match.Groups[1].Value + match.Groups[2].Value));
        Assert.Subset(codes.ToHashSet(StringComparer.Ordinal), sent.ToHashSet(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_reason_not_to_open_a_log_is_in_storage_sqlite_md() => AllIn<SqliteRefusal>("storage-sqlite.md");

    [Fact]
    public void Every_fault_of_a_file_is_in_snapshot_files_md() => AllIn<FileFault>("snapshot-files.md");

    [Fact]
    public void Every_exit_code_is_in_cli_md_and_no_other_is()
    {
        var rows = ExitCodeRow().Matches(Repository.Reference("cli.md")).Select(match => (int.Parse(match.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture), match.Groups[2].Value));
        Assert.Equal(Enum.GetValues<ExitCode>().Select(code => ((int)code, Spaced(code.ToString()))).Order(), rows.Order());
    }

    private static void AllIn<T>(string page) where T : struct, Enum
    {
        var text = Repository.Reference(page);
        Assert.All(Enum.GetNames<T>(), name => Assert.Contains($"`{name}`", text, StringComparison.Ordinal));
    }

    private static string Spaced(string name) => Hump().Replace(name, " $0").TrimStart().ToLowerInvariant();

    [GeneratedRegex("^\\| `([a-z_]+)` \\| ([0-9]{3}) \\|", RegexOptions.Multiline)]
    private static partial Regex ProblemRow();

    [GeneratedRegex("message Refused \\{[^}]*?string code = 2; +// ([a-z_, ]+)")]
    private static partial Regex RefusedCodes();

    [GeneratedRegex("new NamespaceGone\\([a-zA-Z.]+, \"([a-z_]+)\"|RefuseAsync\\(connection, \"([a-z_]+)\"")]
    private static partial Regex SentCode();

    [GeneratedRegex("^\\| ([0-9]+) \\| ([a-z ]+) \\|", RegexOptions.Multiline)]
    private static partial Regex ExitCodeRow();

    [GeneratedRegex("[A-Z]")]
    private static partial Regex Hump();
}
