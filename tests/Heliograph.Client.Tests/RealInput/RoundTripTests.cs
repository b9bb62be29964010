// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using Heliograph.Client.Tests.Support;
using Microsoft.Extensions.Configuration;
using Xunit;
using static Heliograph.Client.Tests.Support.TestClients;

namespace Heliograph.Client.Tests.RealInput;

/// <summary>Documents that were imported, in either way, and read through the client are what .NET's own JSON provider makes of them.</summary>
public sealed class RoundTripTests
{
    [Fact]
    public void Settings_leaf_by_leaf_read_as_the_file_does() =>
        Assert.All(Documents(), path =>
        {
            var document = FlatteningTests.Document(path);
            AssertSame(OwnProvider.Read(document), Leaves(document));
        });

    [Fact]
    public void A_document_as_one_value_reads_as_the_file_under_that_key_does() =>
        Assert.All(Documents(), path =>
        {
            var document = FlatteningTests.Document(path).TrimStart('\uFEFF');
            AssertSame(OwnProvider.Read($$"""{"Document": {{document}}}"""), [Setting.Of("Document", document, contentType: "application/json")]);
        });

    [Fact]
    public void Development_over_the_common_settings_reads_as_both_files_do()
    {
        foreach (var path in SharedData.Files("eshop", path => path.EndsWith("appsettings.json", StringComparison.Ordinal)))
        {
            // Given a service with a file of its own for development
            var development = path.Replace("appsettings.json", "appsettings.Development.json", StringComparison.Ordinal);
            if (!File.Exists(development)) continue;
            var expected = new ConfigurationBuilder().AddJsonFile(path).AddJsonFile(development).Build();

            // When both are settings of one namespace, the second with a label
            var settings = Leaves(FlatteningTests.Document(path)).Concat(Leaves(FlatteningTests.Document(development), "Development"));

            // Then the layers read as the files do
            AssertSame(OwnProvider.Read(expected), settings);
        }
    }

    private static IReadOnlyList<string> Documents() =>
        [.. SharedData.Files("schemas", path => path.Contains("/valid/", StringComparison.Ordinal)), .. SharedData.Files("eshop", _ => true)];

    private static void AssertSame(List<(string, string?)> expected, IEnumerable<Setting> settings)
    {
        using var realm = new TestRealm(TimeProvider.System);
        var replica = new HandDrivenReplica(TimeProvider.System);
        replica.OnDisk.Add(realm.Put("shop.basket", settings));
        replica.NobodyAnswers = true;
        using var configuration = new ConfigurationManager();
        ((IConfigurationBuilder)configuration).Add(SourceOver(replica, TimeProvider.System, options => options.Select("shop.basket").Select("shop.basket", label: "Development")));
        Assert.Equal(expected, OwnProvider.Read(configuration));
    }

    /// <summary>The import's rule: a text is a plain value; a number, a truth value, null and what is empty keep their JSON and say so.</summary>
    private static List<Setting> Leaves(string document, string? label = null)
    {
        using var parsed = JsonDocument.Parse(document.TrimStart('\uFEFF'), new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        var settings = new List<Setting>();
        foreach (var property in parsed.RootElement.EnumerateObject()) Walk(property.Name, property.Value);
        return settings;

        void Walk(string path, JsonElement element)
        {
            switch (element.ValueKind)
            {
                case JsonValueKind.Object when element.EnumerateObject().Any():
                    foreach (var property in element.EnumerateObject()) Walk($"{path}:{property.Name}", property.Value);
                    break;
                case JsonValueKind.Array when element.GetArrayLength() > 0:
                    var index = 0;
                    foreach (var item in element.EnumerateArray()) Walk($"{path}:{index++}", item);
                    break;
                case JsonValueKind.String:
                    settings.Add(Setting.Of(path, element.GetString()!, label));
                    break;
                default:
                    settings.Add(Setting.Of(path, element.GetRawText(), label, "application/json"));
                    break;
            }
        }
    }
}
