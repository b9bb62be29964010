// SPDX-License-Identifier: Apache-2.0
using System.Text.Json.Nodes;

namespace Heliograph.Deploy.Tests.Kubernetes;

/// <summary>What a schema does not say and this house does: of every workload.</summary>
internal static class HouseRules
{
    /// <summary>What is wrong with an object.</summary>
    public static IReadOnlyList<string> Faults(JsonObject manifest)
    {
        if (manifest["spec"]?["template"]?["spec"] is not JsonObject pod) return [];
        var faults = new List<string>();
        Rule(Text(pod["enableServiceLinks"]) == "false", "enableServiceLinks: variables of services are not ours");
        Rule(Text(pod["automountServiceAccountToken"]) == "false", "automountServiceAccountToken: nobody here speaks to the API server");
        Rule(pod["securityContext"]?["seccompProfile"] is not null, "securityContext.seccompProfile");
        Rule(manifest["kind"]!.GetValue<string>() == "DaemonSet" || Text(pod["securityContext"]?["runAsNonRoot"]) == "true", "securityContext.runAsNonRoot");
        Rule(pod["terminationGracePeriodSeconds"]?.GetValue<long>() > 30, "terminationGracePeriodSeconds: draining takes up to 30 s");
        foreach (var container in pod["containers"]!.AsArray().Select(one => one!.AsObject()))
        {
            foreach (var probe in new[] { "startupProbe", "livenessProbe", "readinessProbe" }) Rule(container[probe] is not null, probe);
            Rule(container["livenessProbe"]?["httpGet"]?["path"]?.GetValue<string>() == "/livez", "livenessProbe: a restart mends nothing that /readyz tells");
            Rule(container["resources"]?["requests"]?["cpu"] is not null && container["resources"]?["requests"]?["memory"] is not null && container["resources"]?["limits"]?["memory"] is not null, "resources");
            Rule(container["resources"]?["limits"]?["cpu"] is null, "resources.limits.cpu: throttled, it misses heartbeats");
            var security = container["securityContext"];
            Rule(Text(security?["allowPrivilegeEscalation"]) == "false", "allowPrivilegeEscalation");
            Rule(Text(security?["readOnlyRootFilesystem"]) == "true", "readOnlyRootFilesystem");
            Rule(security?["capabilities"]?["drop"]?.AsArray().Select(Text).SequenceEqual(["ALL"]) == true && security["capabilities"]!["add"] is null, "capabilities");
            var mounts = container["volumeMounts"]!.AsArray().Select(mount => mount!["name"]!.GetValue<string>()).Order(StringComparer.Ordinal);
            var volumes = pod["volumes"]!.AsArray().Concat(manifest["spec"]!["volumeClaimTemplates"]?.AsArray().Select(claim => claim!["metadata"]) ?? []).Select(volume => volume!["name"]!.GetValue<string>()).Order(StringComparer.Ordinal);
            Rule(mounts.SequenceEqual(volumes), "volumeMounts: not those of volumes");
        }
        var selected = manifest["spec"]!["selector"]!["matchLabels"]!.AsObject();
        Rule(selected.All(pair => Text(manifest["spec"]!["template"]!["metadata"]!["labels"]?[pair.Key]) == Text(pair.Value)), "selector: it does not select its own pods");
        return faults;

        void Rule(bool isKept, string fault)
        {
            if (!isKept) faults.Add($"{manifest["kind"]}/{manifest["metadata"]!["name"]}: {fault}");
        }
    }

    private static string? Text(JsonNode? node) => node?.ToJsonString().Trim('"');
}
