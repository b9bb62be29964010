// SPDX-License-Identifier: Apache-2.0
using System.Text.Json.Serialization;

namespace Heliograph.Samples.ShopService;

/// <summary>What this process runs with, from when on: one line for each namespace at the start, one for each reload.</summary>
/// <param name="T">When it was applied, Unix milliseconds.</param>
/// <param name="Process">Which process.</param>
/// <param name="Pid">Its process id.</param>
/// <param name="Event"><c>start</c> or <c>reload</c>.</param>
/// <param name="Namespace">Which namespace.</param>
/// <param name="Revision">What of it is applied, <c>epoch.sequence</c>.</param>
/// <param name="StateRoot">Root over its content, 64 hexadecimal digits: equal roots, equal content.</param>
/// <param name="HeadIssuedAt">When the head was signed under which it was last verified, Unix milliseconds.</param>
/// <param name="Source"><c>live</c>, <c>lastKnownGood</c> or <c>stable</c>.</param>
/// <param name="Stale">Whether the process has no fresh news.</param>
/// <param name="StartMs">At the start: milliseconds from the process's start to its first values.</param>
/// <param name="Marker"><c>Shop:Marker</c>, as the application reads it.</param>
/// <param name="MarkerWrittenAt">When the marker was written, Unix milliseconds, if it says so.</param>
internal sealed record JournalLine(
    long T,
    string Process,
    int Pid,
    string Event,
    string Namespace,
    string Revision,
    string StateRoot,
    long? HeadIssuedAt,
    string Source,
    bool Stale,
    double? StartMs,
    string? Marker,
    long? MarkerWrittenAt);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(JournalLine))]
internal sealed partial class JournalJson : JsonSerializerContext;
