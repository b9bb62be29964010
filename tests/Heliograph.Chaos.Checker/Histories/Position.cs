// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Heliograph.Chaos.Checker.Histories;

/// <summary>A revision as it is written everywhere: <c>epoch.sequence</c>.</summary>
[JsonConverter(typeof(PositionConverter))]
public readonly record struct Position(int Epoch, long Sequence) : IComparable<Position>
{
    public static Position Parse(string text)
    {
        var dot = text.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && int.TryParse(text.AsSpan(0, dot), NumberStyles.None, CultureInfo.InvariantCulture, out var epoch) && long.TryParse(text.AsSpan(dot + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var sequence)
            ? new(epoch, sequence)
            : throw new FormatException($"'{text}' is no revision.");
    }

    public int CompareTo(Position other) => (Epoch, Sequence).CompareTo((other.Epoch, other.Sequence));

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Epoch}.{Sequence}");
}

internal sealed class PositionConverter : JsonConverter<Position>
{
    public override Position Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Position.Parse(reader.GetString()!);

    public override void Write(Utf8JsonWriter writer, Position value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}
