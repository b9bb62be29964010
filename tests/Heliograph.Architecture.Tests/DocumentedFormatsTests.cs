// SPDX-License-Identifier: Apache-2.0
using System.Text.RegularExpressions;
using Heliograph.Protocol;
using Xunit;

namespace Heliograph.Architecture.Tests;

/// <summary>The pages of the formats hold every message, field and type that the code writes.</summary>
public sealed partial class DocumentedFormatsTests
{
    public static TheoryData<string, string, string, string> Fields =>
    [
        .. FieldsOf("src/Heliograph.Core/Protos/heliograph/log/v1/log.proto", "log-format.md"),
        .. FieldsOf("src/Heliograph.Protocol/Protos/heliograph/sync/v1/sync.proto", "sync-protocol.md"),
    ];

    [Theory]
    [MemberData(nameof(Fields))]
    public void A_field_of_a_message_is_in_the_reference_with_its_number(string page, string message, string number, string field)
    {
        var text = Repository.Reference(page);
        Assert.Contains($"`{message}`", text, StringComparison.Ordinal);
        Assert.Matches($"(?:\\| |\\b){number} (?:\\| (?:[^|\\n]* \\| )?)?`{field}`", text);
    }

    [Fact]
    public void Every_type_of_frame_is_in_the_reference_with_its_number()
    {
        var page = Repository.Reference("sync-protocol.md");
        Assert.All(Enum.GetValues<FrameType>(), type => Assert.Contains($"| {(byte)type} | `{type}` |", page, StringComparison.Ordinal));
    }

    [Fact]
    public void The_tables_in_the_reference_are_those_that_a_test_compares_with_a_real_database()
    {
        var shown = Sql().Match(Repository.Reference("storage-sqlite.md")).Groups[1].Value;
        Assert.Equal(Repository.Read("tests/Heliograph.Storage.Sqlite.Tests/golden-schema.sql"), shown);
    }

    private static IEnumerable<TheoryDataRow<string, string, string, string>> FieldsOf(string proto, string page) =>
        Message().Matches(Repository.Read(proto)).SelectMany(message => Field().Matches(message.Groups[2].Value)
            .Where(line => !line.Value.Contains("reserved", StringComparison.Ordinal))
            .Select(line => new TheoryDataRow<string, string, string, string>(IsOfTrust(message.Groups[1].Value) ? "trust.md" : page, message.Groups[1].Value, line.Groups[3].Value, IsBody(line.Groups[2].Value) ? line.Groups[1].Value : line.Groups[2].Value)));

    /// <summary>Bodies of entries are named by their message, not by the field of the oneof.</summary>
    private static bool IsBody(string field) => field is "change_settings" or "create_namespace" or "alter_namespace" or "delete_namespace" or "create_named_snapshot" or "alter_named_snapshot" or "epoch_begun";

    /// <summary>Roots and transitions have a page of their own.</summary>
    private static bool IsOfTrust(string message) => message is "TrustRoot" or "SignedRoot" or "RoleSignature" or "EpochTransition" or "SignedEpochTransition" or "EpochBegun";

    [GeneratedRegex("^message (\\w+) \\{\\n(.*?)^\\}", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Message();

    [GeneratedRegex("^ +(?:repeated )?(\\w+) (\\w+) = ([0-9]+);", RegexOptions.Multiline)]
    private static partial Regex Field();

    [GeneratedRegex("```sql\\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Sql();
}
