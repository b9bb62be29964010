// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Heliograph.Cli.Doctor;

/// <summary>What one check came to.</summary>
/// <param name="Check">Which: a name of <see cref="CheckNames"/>.</param>
/// <param name="State"><c>ok</c>, <c>warning</c>, <c>trouble</c>, or <c>skipped</c> with the reason.</param>
/// <param name="What">What was found, and where. Never a secret.</param>
/// <param name="Next">What to do about it; <see langword="null"/> if nothing.</param>
internal sealed record Finding(string Check, string State, string What, string? Next = null)
{
    public static Finding Ok(string check, string what) => new(check, "ok", what);

    public static Finding Warning(string check, string what, string next) => new(check, "warning", what, next);

    public static Finding Trouble(string check, string what, string next) => new(check, "trouble", what, next);

    public static Finding Skipped(string check, string why) => new(check, "skipped", why);

    /// <summary>Whether somebody has to act now.</summary>
    [JsonIgnore]
    public bool IsTrouble => State == "trouble";
}

/// <summary>Names of the checks, for programs; docs/reference/cli.md lists them.</summary>
internal static class CheckNames
{
    public const string Server = "server", Clock = "clock", Certificate = "certificate", Key = "key", Token = "token", Version = "version", Trust = "trust", Proxy = "proxy", Parent = "parent", Port = "port", Disk = "disk";
}

/// <summary>What <c>helio doctor</c> says.</summary>
internal sealed record DoctorView(int Troubles, int Warnings, IReadOnlyList<Finding> Checks);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(DoctorView))]
internal sealed partial class DoctorJson : JsonSerializerContext
{
    /// <summary>For printing: text as it is.</summary>
    public static DoctorJson Plain => field ??= new(new JsonSerializerOptions(Default.Options) { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
