// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.CodeAnalysis;
using Heliograph.Client.Configuration;

namespace Heliograph.Samples.ShopService;

/// <summary>The command line.</summary>
internal sealed class ServiceArguments
{
    public const string Usage =
        """
        usage: ShopService --name NAME --service SERVICE --parents ADDRESS,ADDRESS --trust FILE --journal FILE
                           [--region REGION] [--zone ZONE] [--ring RING] [--namespaces NAME,NAME] [--label LABEL]
                           [--data DIRECTORY] [--wait SECONDS] [--ca FILE] [--cert FILE --key FILE] [--token-file FILE] [--metrics PORT]
        """;

    private static readonly string[] Known =
        ["name", "service", "parents", "trust", "journal", "region", "zone", "ring", "namespaces", "label", "data", "wait", "ca", "cert", "key", "token-file", "metrics"];

    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    /// <summary>Which process this is.</summary>
    public string Name => _values["name"];

    /// <summary>Where it writes what it runs with.</summary>
    public string Journal => _values["journal"];

    /// <summary>Port of loopback at which the client's metrics are read; <see langword="null"/>: nowhere.</summary>
    public int? MetricsPort => _values.TryGetValue("metrics", out var port) ? int.Parse(port, System.Globalization.CultureInfo.InvariantCulture) : null;

    /// <summary>Reads the command line, or says what is wrong with it.</summary>
    public static bool TryParse(IReadOnlyList<string> args, [NotNullWhen(true)] out ServiceArguments? arguments, [NotNullWhen(false)] out string? fault)
    {
        arguments = null;
        var parsed = new ServiceArguments();
        for (var i = 0; i < args.Count; i += 2)
        {
            fault = !args[i].StartsWith("--", StringComparison.Ordinal) || !Known.Contains(args[i][2..]) ? $"'{args[i]}' is not an option of this program."
                : i + 1 == args.Count ? $"{args[i]} needs a value."
                : !parsed._values.TryAdd(args[i][2..], args[i + 1]) ? $"{args[i]} is given twice."
                : null;
            if (fault is not null) return false;
        }
        fault = Known.Take(5).FirstOrDefault(name => !parsed._values.ContainsKey(name)) is { } missing ? $"--{missing} is missing." : null;
        arguments = fault is null ? parsed : null;
        return fault is null;
    }

    /// <summary>Says to the client what the command line says.</summary>
    public void ApplyTo(HeliographConfigurationOptions options)
    {
        foreach (var parent in List("parents", "")) options.Parents.Add(parent);
        options.AllowSingleParent = options.Parents.Count == 1; // the command line named one, knowingly
        options.TrustFile = _values["trust"];
        options.LastKnownGoodDirectory = _values.GetValueOrDefault("data");
        (options.AuthorityFile, options.CertificateFile, options.CertificateKeyFile) = (_values.GetValueOrDefault("ca"), _values.GetValueOrDefault("cert"), _values.GetValueOrDefault("key"));
        if (_values.TryGetValue("token-file", out var tokenFile)) options.Token = File.ReadAllText(tokenFile).Trim();
        if (_values.TryGetValue("wait", out var wait)) options.StartupWait = TimeSpan.FromSeconds(double.Parse(wait, System.Globalization.CultureInfo.InvariantCulture));
        var instance = options.Instance;
        (instance.Id, instance.Service) = (Name, _values["service"]);
        (instance.Region, instance.Zone, instance.Ring) = (_values.GetValueOrDefault("region", ""), _values.GetValueOrDefault("zone", ""), _values.GetValueOrDefault("ring", ""));
        instance.Version = typeof(ServiceArguments).Assembly.GetName().Version?.ToString(3) ?? "";
        foreach (var name in List("namespaces", $"shop.shared,shop.{_values["service"]}"))
        {
            options.Select(name);
            if (_values.TryGetValue("label", out var label)) options.Select(name, label);
        }
    }

    private string[] List(string name, string otherwise) =>
        _values.GetValueOrDefault(name, otherwise).Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
