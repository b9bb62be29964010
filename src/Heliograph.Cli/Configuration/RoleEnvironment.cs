// SPDX-License-Identifier: Apache-2.0
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Configuration;

/// <summary>A role's variables. A list is separated by commas; an empty variable says nothing.</summary>
internal static class RoleEnvironment
{
    /// <summary>Reads them, and names those that no option has.</summary>
    /// <param name="role">The role.</param>
    /// <param name="options">Its options by their name without dashes, and whether they take several values.</param>
    /// <param name="terminal">Whose environment.</param>
    public static (IReadOnlyList<GivenSetting> Settings, IReadOnlyList<string> Faults) Read(string role, IReadOnlyDictionary<string, bool> options, HelioTerminal terminal)
    {
        var settings = new List<GivenSetting>();
        foreach (var (name, isList) in options)
        {
            var variable = ConfigurationNames.Variable(role, name);
            if (terminal.Environment(variable) is not { Length: > 0 } value) continue;
            var values = isList ? value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) : [value];
            if (values.Length > 0) settings.Add(new($"--{name}", values, SettingOrigin.Environment, variable));
        }
        var known = options.Keys.ToDictionary(name => ConfigurationNames.Variable(role, name), StringComparer.Ordinal);
        var faults = terminal.EnvironmentNames()
            .Where(name => name.StartsWith(ConfigurationNames.Prefix(role), StringComparison.Ordinal) && !known.ContainsKey(name) && !ConfigurationNames.IsOfKubernetes(role, name))
            .Order(StringComparer.Ordinal)
            .Select(name => $"'{PrintableText.OneLine(name, 120)}' sets no option.{RoleFile.Nearest(name, known.Keys)} [environment]");
        return (settings, [.. faults]);
    }
}
