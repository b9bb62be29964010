// SPDX-License-Identifier: Apache-2.0
using System.Text.Json.Nodes;
using Xunit;

namespace Heliograph.Deploy.Tests.Kubernetes;

/// <summary>deploy/kubernetes: what is there fits Kubernetes' schemas and this house's rules, and the check would find what does not.</summary>
public sealed class ManifestTests
{
    private const string Base = "deploy/kubernetes/base", Overlay = "deploy/kubernetes/overlays/example";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string> Files => [.. Directory.GetFiles(Repository.PathOf(Base), "*.yaml").Select(path => Path.GetFileName(path)).Where(name => name != "kustomization.yaml").Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    public void A_manifest_fits_the_schema_and_keeps_the_rules(string file)
    {
        var manifests = Read(file);
        Assert.NotEmpty(manifests);
        Assert.All(manifests, manifest => Assert.Empty(KindSchemas.Faults(manifest).Concat(HouseRules.Faults(manifest))));
    }

    [Theory]
    [InlineData("origin.yaml", "containers:", "container:")] // a member's name
    [InlineData("origin.yaml", "replicas: 1", "replicas: one")] // a type
    [InlineData("origin.yaml", "  serviceName: heliograph-origin\n", "")] // what must be there
    [InlineData("origin.yaml", "readOnlyRootFilesystem: true", "readOnlyRootFilesystem: yes please")]
    [InlineData("origin.yaml", "kind: StatefulSet", "kind: StatefulSets")]
    [InlineData("origin.yaml", "apiVersion: policy/v1", "apiVersion: policy/v1beta1")]
    [InlineData("origin.yaml", "containerPort: 7443", "containerPort: \"7443\"")]
    [InlineData("relay.yaml", "maxSurge: 1", "maxSurge: [1]")]
    [InlineData("relay.yaml", "periodSeconds: 5", "periodSeconds: 5s")]
    [InlineData("relay.yaml", "topologyKey: ", "topologykey: ")]
    [InlineData("agent.yaml", "fieldPath: spec.nodeName", "field: spec.nodeName")]
    [InlineData("agent.yaml", "path: /run/heliograph\n", "paht: /run/heliograph\n")]
    [InlineData("network.yaml", "policyTypes: [\"Ingress\", \"Egress\"]", "policyTypes: Ingress")]
    [InlineData("network.yaml", "port: 7443", "ports: 7443")]
    [InlineData("namespaces.yaml", "labels:", "lables:")]
    public void A_planted_fault_of_the_form_is_found(string file, string text, string planted) => Assert.NotEmpty(Planted(file, text, planted).SelectMany(KindSchemas.Faults));

    [Theory]
    [InlineData("origin.yaml", "runAsNonRoot: true", "runAsNonRoot: false")]
    [InlineData("origin.yaml", "path: /livez", "path: /readyz")]
    [InlineData("origin.yaml", "drop: [\"ALL\"]", "drop: [\"NET_RAW\"]")]
    [InlineData("origin.yaml", "terminationGracePeriodSeconds: 45", "terminationGracePeriodSeconds: 30")]
    [InlineData("relay.yaml", "readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false")]
    [InlineData("relay.yaml", "allowPrivilegeEscalation: false", "allowPrivilegeEscalation: true")]
    [InlineData("relay.yaml", "limits: { memory: 1Gi }", "limits: { memory: 1Gi, cpu: 1 }")]
    [InlineData("relay.yaml", "            - { name: temporary, mountPath: /tmp }\n", "")]
    [InlineData("agent.yaml", "enableServiceLinks: false", "enableServiceLinks: true")]
    [InlineData("agent.yaml", "        app.kubernetes.io/name: heliograph-agent\n        app.kubernetes.io/part-of", "        app.kubernetes.io/name: other\n        app.kubernetes.io/part-of")]
    public void A_planted_fault_against_the_rules_is_found(string file, string text, string planted) => Assert.NotEmpty(Planted(file, text, planted).SelectMany(HouseRules.Faults));

    [Fact]
    public async Task The_overlay_is_rendered_and_fits_as_well()
    {
        Assert.SkipUnless(ToolRun.Has("kubectl"), "kubectl is not here (Debian package kubernetes-client): the overlay is not rendered.");
        var rendered = await ToolRun.OfAsync("kubectl", ["kustomize", Repository.PathOf(Overlay)], Cancel);
        Assert.True(rendered.Code == 0, rendered.Error);
        var manifests = YamlDocuments.Read(rendered.Out);
        Assert.All(manifests, manifest => Assert.Empty(KindSchemas.Faults(manifest).Concat(HouseRules.Faults(manifest))));

        // Everything of the base is there, what it refers to as well, and the overlay's own word counts.
        Assert.Equal(Files.Sum(file => Read(file.Data).Count) + 2, manifests.Count);
        var names = manifests.Where(manifest => Kind(manifest) == "ConfigMap").Select(manifest => (Namespace(manifest), Name(manifest))).ToHashSet();
        foreach (var workload in manifests.Where(manifest => manifest["spec"]?["template"] is not null))
            Assert.All(workload["spec"]!["template"]!["spec"]!["volumes"]!.AsArray().Select(volume => volume!["configMap"]?["name"]?.GetValue<string>()).OfType<string>(), name => Assert.Contains((Namespace(workload), name), names));
        Assert.Equal(5, manifests.Single(manifest => Kind(manifest) == "Deployment")["spec"]!["replicas"]!.GetValue<long>());
        Assert.All(manifests.Where(manifest => manifest["spec"]?["template"] is not null), workload => Assert.StartsWith("registry.example.org/", workload["spec"]!["template"]!["spec"]!["containers"]![0]!["image"]!.GetValue<string>(), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("origin")]
    [InlineData("relay")]
    [InlineData("agent")]
    public async Task The_configuration_that_it_mounts_is_one_that_the_role_reads(string role)
    {
        var told = Read($"{role}.yaml").Single(manifest => Kind(manifest) == "ConfigMap")["data"]![$"{role}.json"]!.GetValue<string>();
        var directory = Directory.CreateTempSubdirectory("hlk-");
        try
        {
            var file = Path.Combine(directory.FullName, "told.json");
            await File.WriteAllTextAsync(file, told, Cancel);
            var shown = await ToolRun.OfAsync(Repository.Helio, ["config", "show", role, "--config", file, "-o", "json"], Cancel);
            Assert.True(shown.Code == 0, shown.Error);
            Assert.Equal("/var/lib/heliograph", JsonNode.Parse(shown.Out)!["options"]!.AsArray().Single(option => option!["name"]!.GetValue<string>() == "data")!["values"]![0]!.GetValue<string>());
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static IReadOnlyList<JsonObject> Read(string file) => YamlDocuments.Read(File.ReadAllText(Repository.PathOf($"{Base}/{file}")));

    private static IReadOnlyList<JsonObject> Planted(string file, string text, string planted)
    {
        var whole = File.ReadAllText(Repository.PathOf($"{Base}/{file}"));
        Assert.Contains(text, whole, StringComparison.Ordinal);
        return YamlDocuments.Read(whole.Replace(text, planted, StringComparison.Ordinal));
    }

    private static string Kind(JsonObject manifest) => manifest["kind"]!.GetValue<string>();

    private static string Name(JsonObject manifest) => manifest["metadata"]!["name"]!.GetValue<string>();

    private static string Namespace(JsonObject manifest) => manifest["metadata"]!["namespace"]?.GetValue<string>() ?? "";
}
