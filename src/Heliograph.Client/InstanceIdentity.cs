// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Client;

/// <summary>Who a process is, as the fleet's view shows it. Free text of at most 128 characters each.</summary>
public sealed class InstanceIdentity
{
    /// <summary>Longest part, in UTF-16 characters.</summary>
    public const int CharsMax = 128;

    /// <summary>Unique in the fleet and stable over restarts of one process slot, for example <c>basket-1</c>. Must be given.</summary>
    public string Id { get; set; } = "";

    /// <summary>What runs, for example <c>basket</c>. Must be given.</summary>
    public string Service { get; set; } = "";

    /// <summary>Where it runs, at large; empty for nowhere in particular.</summary>
    public string Region { get; set; } = "";

    /// <summary>Where it runs, within the region.</summary>
    public string Zone { get; set; } = "";

    /// <summary>The group of instances that gets a change earlier or later than others.</summary>
    public string Ring { get; set; } = "";

    /// <summary>Version of the application.</summary>
    public string Version { get; set; } = "";

    /// <summary>The host. Default: this machine's name.</summary>
    public string Host { get; set; } = Environment.MachineName;

    /// <summary>What the application's configuration is made of, the last on top: so that the fleet can explain a value. The configuration provider fills it; the first 32 are reported.</summary>
    public IList<ConfigurationLayer> Layers { get; } = [];

    internal IEnumerable<string> Faults()
    {
        if (Id.Length == 0) yield return "Instance.Id must be given: a name that is unique in the fleet and the same after a restart.";
        if (Service.Length == 0) yield return "Instance.Service must be given: the name of what runs.";
        foreach (var (name, value) in new[] { ("Id", Id), ("Service", Service), ("Region", Region), ("Zone", Zone), ("Ring", Ring), ("Version", Version), ("Host", Host) })
            if (TextRules.Fault($"Instance.{name}", value, CharsMax) is { } fault) yield return fault;
    }

    internal Protocol.Wire.Instance ToWire()
    {
        var instance = new Protocol.Wire.Instance { Id = Id, Service = Service, Region = Region, Zone = Zone, Ring = Ring, Version = Version, Host = Host };
        foreach (var layer in Layers.Take(ConfigurationLayer.ReportedMax))
            instance.Layers.Add(new Protocol.Wire.Layer { Namespace = layer.Namespace.Value, Label = layer.Label ?? "", KeyPrefix = layer.KeyPrefix, TrimPrefix = layer.TrimPrefix });
        return instance;
    }
}

/// <summary>Settings that an application takes of a namespace.</summary>
/// <param name="Namespace">The namespace.</param>
/// <param name="Label">Those under this label; <see langword="null"/> for those without one.</param>
/// <param name="KeyPrefix">Those whose keys begin so; empty for all.</param>
/// <param name="TrimPrefix">Whether the prefix is cut off, with a colon that then stands first.</param>
public sealed record ConfigurationLayer(NamespaceName Namespace, string? Label = null, string KeyPrefix = "", bool TrimPrefix = false)
{
    /// <summary>Most layers of an instance that are reported.</summary>
    public const int ReportedMax = 32;
}
