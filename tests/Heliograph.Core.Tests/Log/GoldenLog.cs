// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using Heliograph.Core.Heads;

namespace Heliograph.Core.Tests.Log;

/// <summary>golden-log.json, written by golden-log.py, which knows the definitions and nothing of this code.</summary>
internal static class GoldenLog
{
    public static JsonElement Root { get; } =
        JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Log", "golden-log.json"))).RootElement;

    public static TrustAnchor Anchor => TrustAnchor.TryParse(Bytes(Root.GetProperty("trust_root"), "bytes"), out var anchor, out var error) ? anchor : throw new FormatException(error);

    public static byte[] Bytes(JsonElement element, string name) => Convert.FromHexString(element.GetProperty(name).GetString()!);

    public static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;
}
