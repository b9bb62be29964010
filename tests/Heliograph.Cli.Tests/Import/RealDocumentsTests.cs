// SPDX-License-Identifier: Apache-2.0
using System.Text;
using System.Text.Json;
using Heliograph.Cli.Import;
using Xunit;

namespace Heliograph.Cli.Tests.Import;

public sealed class RealDocumentsTests
{
    [Fact]
    public void A_shop_becomes_namespaces_with_development_as_a_label()
    {
        // Given the settings of a real application
        var services = SettingsDirectory.Namespaces(SharedData.Eshop, "shop.");

        // Then every service is a namespace in lower case, and the environment in a file's name is its label
        Assert.Equal(10, services.Count);
        Assert.Contains(services, service => service.Name.Value == "shop.basket.api");
        var basket = services.Single(service => service.Name.Value == "shop.basket.api");
        Assert.Equal([null, "Development"], basket.Files.Files.Select(file => file.Label));
    }

    [Fact]
    public void A_shops_files_are_read_as_net_reads_them()
    {
        var files = SettingsDirectory.Namespaces(SharedData.Eshop, "").SelectMany(service => service.Files.Files).ToList();
        Assert.True(files.Count >= 19);
        foreach (var file in files)
        {
            var bytes = File.ReadAllBytes(file.Path);
            Assert.Equal(DotNetView.Of(bytes), DotNetView.Of(JsonSettings.Read(bytes, file.Path, file.Label)));
        }
    }

    [Fact]
    public void Every_valid_document_is_kept_as_a_value_that_reads_the_same()
    {
        var documents = SharedData.ValidDocuments().ToList();
        Assert.True(documents.Count >= 100);
        foreach (var path in documents)
        {
            // Given a real document
            var bytes = File.ReadAllBytes(path);

            // When it is stored as one value under a key
            var setting = JsonSettings.ReadAsValue(bytes, path, SettingKey.Create("Doc"));

            // Then what a client makes of it is what .NET makes of the document in that place
            var wrapped = JsonDocument.Parse(bytes, s_asNet).RootElement.ValueKind == JsonValueKind.Array ? Combine("""{"doc":""", bytes, "}") : bytes;
            Assert.Equal(DotNetView.Of(Combine("""{"Doc":""", wrapped, "}")), DotNetView.Of([setting]));
        }
    }

    [Fact]
    public void Every_valid_document_with_an_object_at_the_top_is_read_as_net_reads_it()
    {
        foreach (var path in SharedData.ValidDocuments())
        {
            var bytes = File.ReadAllBytes(path);
            if (JsonDocument.Parse(bytes, s_asNet).RootElement.ValueKind != JsonValueKind.Object) continue;
            Assert.Equal(DotNetView.Of(bytes), DotNetView.Of(JsonSettings.Read(bytes, path)));
        }
    }

    private static readonly JsonDocumentOptions s_asNet = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    private static byte[] Combine(string before, byte[] document, string after) => [.. Encoding.UTF8.GetBytes(before), .. document, .. Encoding.UTF8.GetBytes(after)];
}
