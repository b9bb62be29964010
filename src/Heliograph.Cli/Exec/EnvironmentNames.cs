// SPDX-License-Identifier: Apache-2.0
using System.Text;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Exec;

/// <summary>Configuration keys as names of environment variables (docs/reference/agent-api.md#helio-exec).</summary>
internal static class EnvironmentNames
{
    /// <summary>Longest variable, <c>NAME=value</c> in UTF-8: Linux takes no longer one (MAX_ARG_STRLEN).</summary>
    public const int VariableBytesMax = 131_071;

    /// <summary>Variables by which programs load other programs: whoever may change a setting must not choose what runs here.</summary>
    private static readonly string[] Reserved =
    [
        "PATH", "HOME", "SHELL", "USER", "LOGNAME", "PWD", "IFS", "ENV", "BASH_ENV", "PROMPT_COMMAND", "GCONV_PATH", "GLIBC_TUNABLES", "NODE_OPTIONS", "PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "PERL5LIB", "PERL5OPT",
        "RUBYOPT", "RUBYLIB", "CLASSPATH", "JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS", "DOTNET_STARTUP_HOOKS", "DOTNET_ADDITIONAL_DEPS", "PHPRC", "OPENSSL_CONF", "SSL_CERT_FILE", "SSL_CERT_DIR",
    ];

    private static readonly string[] ReservedBeginnings = ["LD_", "DYLD_", "CORECLR_", "COR_", "HELIOGRAPH_", "BASH_FUNC_"];

    /// <summary>A colon becomes two underscores, as .NET reads them; whatever else is no letter, digit or underscore of ASCII becomes one; a digit does not stand first.</summary>
    public static string Of(string key, string prefix, bool isUpper)
    {
        var name = new StringBuilder(prefix);
        foreach (var c in key) name.Append(c == ':' ? "__" : char.IsAsciiLetterOrDigit(c) || c == '_' ? c : '_');
        if (name.Length > 0 && char.IsAsciiDigit(name[0])) name.Insert(0, '_');
        return isUpper ? name.ToString().ToUpperInvariant() : name.ToString();
    }

    /// <summary>The variables that settings make.</summary>
    /// <exception cref="CommandException">Two keys make one name, a name is not for settings, or a value is none that a variable can have. Nothing was started; every fault is named, no value is.</exception>
    public static SortedDictionary<string, string> Of(IEnumerable<KeyValuePair<string, string?>> settings, string prefix, bool isUpper)
    {
        var (variables, keys, faults) = (new SortedDictionary<string, string>(StringComparer.Ordinal), new Dictionary<string, string>(StringComparer.Ordinal), new List<string>());
        foreach (var (key, value) in settings.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            if (value is null) continue; // a section, or JSON's null: nothing that a variable could hold
            var name = Of(key, prefix, isUpper);
            if (keys.TryGetValue(name, out var other)) faults.Add($"'{other}' and '{key}' both become {name}.");
            else if (Reserved.Contains(name, StringComparer.OrdinalIgnoreCase) || ReservedBeginnings.Any(beginning => name.StartsWith(beginning, StringComparison.OrdinalIgnoreCase))) faults.Add($"'{key}' would set {name}, by which programs find and load what they run.");
            else if (value.Contains('\0')) faults.Add($"The value of '{key}' holds a zero character, which no variable can.");
            else if (Encoding.UTF8.GetByteCount(name) + Encoding.UTF8.GetByteCount(value) + 1 > VariableBytesMax) faults.Add($"The value of '{key}' is too long for a variable: {VariableBytesMax} bytes with its name.");
            else (variables[name], keys[name]) = (value, key);
        }
        return faults.Count == 0 ? variables : throw new CommandException(ExitCode.Usage, "The settings do not fit into an environment.", next: "Rename the keys, choose others with --prefix, or put something in front of all names with --env-prefix.", details: faults);
    }
}
