// SPDX-License-Identifier: Apache-2.0
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Heliograph.Core.Merkle;
using Heliograph.Core.State;
using Heliograph.FeatureFlags;

namespace Heliograph.OpenFeature.Flags;

/// <summary>A setting that holds a flag: the flag, or why it is none.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Flag">The flag; <see langword="null"/> if it cannot be read.</param>
/// <param name="Faults">What is wrong with it.</param>
/// <param name="Digest">Of what the setting holds.</param>
internal sealed record FlagEntry(string Name, FeatureFlag? Flag, IReadOnlyList<string> Faults, string Digest);

/// <summary>All flags of a namespace under one label, at a revision. Immutable; shares with the one before what has not changed.</summary>
internal sealed class FlagSet
{
    private readonly ImmutableSortedDictionary<string, FlagEntry> _byKey;

    private FlagSet(MerkleMap records, Revision revision, DateTimeOffset changedAt, ImmutableSortedDictionary<string, FlagEntry> byKey)
    {
        (Records, Revision, ChangedAt, _byKey) = (records, revision, changedAt, byKey);
        var text = new StringBuilder();
        foreach (var (key, entry) in byKey) text.Append(key).Append('\n').Append(entry.Digest).Append('\n');
        Digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())))[..32];
        ByName = byKey.Values.DistinctBy(entry => entry.Name).ToDictionary(entry => entry.Name, StringComparer.Ordinal);
    }

    /// <summary>The flags, by name.</summary>
    public IReadOnlyDictionary<string, FlagEntry> ByName { get; }

    /// <summary>In the order of their keys.</summary>
    public IEnumerable<FlagEntry> All => ByName.Values;

    /// <summary>The namespace's records that it was read from.</summary>
    public MerkleMap Records { get; }

    /// <summary>The namespace's revision at which the flags came to be as they are.</summary>
    public Revision Revision { get; }

    /// <summary>When that was known.</summary>
    public DateTimeOffset ChangedAt { get; }

    /// <summary>The same for the same flags.</summary>
    public string Digest { get; }

    /// <summary>The flags of a namespace.</summary>
    /// <param name="records">Its records.</param>
    /// <param name="revision">Its revision.</param>
    /// <param name="at">When it was signed.</param>
    /// <param name="label">Label of the flags.</param>
    /// <param name="previous">An older set to take over from, or <see langword="null"/>.</param>
    public static FlagSet Of(MerkleMap records, Revision revision, DateTimeOffset at, string? label, FlagSet? previous)
    {
        var flags = (previous?._byKey ?? ImmutableSortedDictionary.Create<string, FlagEntry>(StringComparer.Ordinal)).ToBuilder();
        var hasChanged = previous is null;
        foreach (var change in MerkleMap.Diff(previous?.Records ?? MerkleMap.Empty, records))
        {
            if (!SettingRecord.TryParseKey(change.Key.Span, out var key) || key.Label != label || !key.Key.StartsWith(FeatureFlag.KeyPrefix, StringComparison.Ordinal)) continue;
            hasChanged |= flags.Remove(key.Key);
            if (!records.TryGet(change.Key.Span, out var value) || !SettingRecord.TryParse(change.Key.Span, value.Span, out var setting) || !FeatureFlag.IsMediaType(setting.ContentType)) continue;
            flags[key.Key] = EntryOf(setting);
            hasChanged = true;
        }
        return hasChanged ? new(records, revision, at, flags.ToImmutable()) : new(records, previous!.Revision, previous.ChangedAt, previous._byKey);
    }

    private static FlagEntry EntryOf(Setting setting)
    {
        var name = setting.Key.Key[FeatureFlag.KeyPrefix.Length..];
        var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(setting.Value)));
        return FlagReader.TryRead(setting.Value, out var flag, out var faults) ? new(flag.Id, flag, [], digest) : new(name, null, faults, digest);
    }
}
