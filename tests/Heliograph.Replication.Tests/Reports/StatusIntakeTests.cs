// SPDX-License-Identifier: Apache-2.0
using Heliograph.Protocol.Wire;
using Heliograph.Replication.Reports;
using Xunit;

namespace Heliograph.Replication.Tests.Reports;

/// <summary>What a tier takes of a report about an instance's layers.</summary>
public sealed class StatusIntakeTests
{
    [Fact]
    public void Layers_beyond_the_bounds_are_left_out_whole_for_cut_short_they_would_be_others()
    {
        var instance = new Instance { Id = "app" };
        instance.Layers.AddRange([new Layer { Namespace = "shop", Label = new string('l', 257) }, new Layer { Namespace = new string('n', 129) }, new Layer { Namespace = "shop", KeyPrefix = new string('p', 257) }]);
        instance.Layers.AddRange(Enumerable.Range(0, 40).Select(i => new Layer { Namespace = $"n{i}", Label = new string('l', 256), KeyPrefix = new string('p', 256) }));
        var status = new Status { Namespaces = { new NamespaceStatus { Namespace = "shop", Cohorts = { new Cohort { Count = 1 } }, Instances = { new InstanceStatus { Instance = instance } } } } };

        var accepted = StatusIntake.Accept(status, new Hello { Role = Role.Client }, _ => true);

        var layers = Assert.Single(Assert.Single(accepted.Namespaces).Instances).Instance.Layers;
        Assert.Equal(Enumerable.Range(0, 29).Select(i => $"n{i}"), layers.Select(layer => layer.Namespace));
    }

    [Fact]
    public void Overridden_keys_beyond_the_bounds_are_left_out_whole()
    {
        var instance = new Instance { Id = "app", LocalOverrides = { "", new string('k', 257), new string('k', 256) } };
        instance.LocalOverrides.AddRange(Enumerable.Range(0, 80).Select(i => $"K{i}"));
        var status = new Status { Namespaces = { new NamespaceStatus { Namespace = "shop", Cohorts = { new Cohort { Count = 1 } }, Instances = { new InstanceStatus { Instance = instance } } } } };

        var keys = Assert.Single(Assert.Single(StatusIntake.Accept(status, new Hello { Role = Role.Client }, _ => true).Namespaces).Instances).Instance.LocalOverrides;

        Assert.Equal(62, keys.Count); // of the first 64, two cannot be
        Assert.Equal((256, "K0", "K60"), (keys[0].Length, keys[1], keys[^1]));
    }
}
