// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.FaultProxies;

/// <summary>Which way a fault holds.</summary>
[JsonConverter(typeof(FaultDirectionConverter))]
internal enum FaultDirection
{
    /// <summary>Both ways.</summary>
    Both,

    /// <summary>From the client to what is behind the proxy.</summary>
    Up,

    /// <summary>Back to the client.</summary>
    Down,
}

/// <summary>What a proxy does to the bytes that it passes on. Immutable: a change is another one.</summary>
/// <param name="LatencyMs">How much later every byte arrives, milliseconds, 0 to 60,000.</param>
/// <param name="JitterMs">Up to how much later still, drawn for each piece; the order stays.</param>
/// <param name="BytesPerSecond">How much passes a second, each way of each connection; 0: no limit.</param>
/// <param name="Blackhole">Nothing passes and nothing is closed; what was sent meanwhile arrives once it ends.</param>
/// <param name="Corrupt">Share of pieces in which one bit is turned, 0 to 1.</param>
/// <param name="Reset">Share of pieces at which the connection is reset both ways, 0 to 1.</param>
/// <param name="Direction">Which way all this holds.</param>
internal sealed record ProxyFaults(double LatencyMs, double JitterMs, long BytesPerSecond, bool Blackhole, double Corrupt, double Reset, FaultDirection Direction)
{
    /// <summary>Nothing is done.</summary>
    public static ProxyFaults None { get; } = new(0, 0, 0, false, 0, 0, FaultDirection.Both);

    private static readonly TimeSpan s_delayMax = TimeSpan.FromMinutes(1);

    /// <summary>What holds for one way.</summary>
    public ProxyFaults For(FaultDirection way) => Direction == FaultDirection.Both || Direction == way ? this : None;

    /// <summary>The same with one fault changed.</summary>
    /// <param name="name">As the option, without the dashes.</param>
    /// <param name="text">As the option's value; <c>on</c> or <c>off</c> for <c>blackhole</c>.</param>
    /// <param name="changed">The same, changed.</param>
    /// <param name="fault">What is wrong with it.</param>
    public bool TryChange(string name, string text, out ProxyFaults changed, out string fault)
    {
        (changed, fault) = (this, "");
        switch (name)
        {
            case "latency" when TryDelay(text, out var milliseconds): changed = this with { LatencyMs = milliseconds }; return true;
            case "jitter" when TryDelay(text, out var milliseconds): changed = this with { JitterMs = milliseconds }; return true;
            case "bandwidth" when TrySize(text, out var bytes): changed = this with { BytesPerSecond = bytes }; return true;
            case "blackhole" when text is "on" or "off": changed = this with { Blackhole = text == "on" }; return true;
            case "corrupt" when TryShare(text, out var share): changed = this with { Corrupt = share }; return true;
            case "reset" when TryShare(text, out var share): changed = this with { Reset = share }; return true;
            case "direction" when Enum.TryParse<FaultDirection>(text, ignoreCase: true, out var direction) && Enum.IsDefined(direction) && !char.IsDigit(text[0]): changed = this with { Direction = direction }; return true;
        }
        fault = name switch
        {
            "latency" or "jitter" => $"{name} is 0ms to 60s, not '{text}'.",
            "bandwidth" => $"bandwidth is bytes a second, 1 to 1GiB: 65536, 64KiB, 10MiB; or 0 for no limit; not '{text}'.",
            "blackhole" => $"blackhole is on or off, not '{text}'.",
            "corrupt" or "reset" => $"{name} is a share of the pieces that pass, 0 to 1, not '{text}'.",
            "direction" => $"direction is both, up or down, not '{text}'.",
            _ => $"'{name}' is no fault: latency, jitter, bandwidth, blackhole, corrupt, reset, direction.",
        };
        return false;
    }

    private static bool TryDelay(string text, out double milliseconds)
    {
        var isOne = Duration.TryParse(text, out var span) && span <= s_delayMax;
        milliseconds = span.TotalMilliseconds;
        return isOne;
    }

    private static bool TryShare(string text, out double share) => double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out share) && share is >= 0 and <= 1;

    private static bool TrySize(string text, out long bytes)
    {
        var (digits, unit) = text.EndsWith("KiB", StringComparison.Ordinal) ? (text[..^3], 1L << 10) : text.EndsWith("MiB", StringComparison.Ordinal) ? (text[..^3], 1L << 20) : text.EndsWith("GiB", StringComparison.Ordinal) ? (text[..^3], 1L << 30) : (text, 1L);
        var isOne = long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out bytes) && bytes <= (1L << 30) / unit;
        bytes *= unit;
        return isOne;
    }
}

/// <summary>What the proxy says: where it listens, what it does, what it has done.</summary>
/// <param name="Listen">Where it listens, <c>host:port</c>.</param>
/// <param name="To">What is behind it.</param>
/// <param name="Faults">What it does now.</param>
/// <param name="Open">Connections now.</param>
/// <param name="Accepted">Connections so far.</param>
/// <param name="Bytes">Bytes passed on so far, both ways.</param>
/// <param name="Corrupted">Bits turned so far.</param>
/// <param name="Resets">Connections reset so far.</param>
internal sealed record ProxyState(string Listen, string To, ProxyFaults Faults, int Open, long Accepted, long Bytes, long Corrupted, long Resets);

internal sealed class FaultDirectionConverter() : JsonStringEnumConverter<FaultDirection>(JsonNamingPolicy.CamelCase);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ProxyState))]
internal sealed partial class ProxyJson : JsonSerializerContext;
