// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Samples.ShopService;

/// <summary>What every service of the shop is told. Section <c>Shop</c>.</summary>
internal sealed class ShopOptions
{
    public const string Section = "Shop";

    /// <summary>The shop's name.</summary>
    public string Name { get; set; } = "";

    /// <summary>What prices are in.</summary>
    public string Currency { get; set; } = "EUR";

    /// <summary>Something that changes, so that one can see by when a service runs with it: any text, or <c>text@unix-milliseconds</c> of when it was written.</summary>
    public string? Marker { get; set; }

    /// <summary>Whether the shop is closed for a while, and what it then says.</summary>
    public MaintenanceOptions Maintenance { get; set; } = new();

    /// <summary>When the marker was written, if it says so.</summary>
    public long? MarkerWrittenAtMs()
    {
        var at = Marker?.LastIndexOf('@') ?? -1;
        return at >= 0 && long.TryParse(Marker.AsSpan(at + 1), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var written) ? written : null;
    }
}

/// <summary>A pause of the shop.</summary>
internal sealed class MaintenanceOptions
{
    public bool Enabled { get; set; }

    public string Message { get; set; } = "";
}
