// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.State;
using Heliograph.Core.Wire;

namespace Heliograph.Core.Sequencing;

/// <summary>The effective changes of a changeset: without those that change nothing, checked against locks and the namespace's limits.</summary>
internal sealed class ChangePlan(RealmNamespace before)
{
    private readonly ChangeSettings _body = new();
    private List<SettingKey>? _locked;
    private long _records = before.Records.Count, _bytes = before.Records.Bytes;

    /// <summary>Takes in one operation.</summary>
    /// <param name="key">The setting.</param>
    /// <param name="recordKey">Its key in the state.</param>
    /// <param name="current">Its record value now, or <see langword="null"/>; an empty one is a value, too.</param>
    /// <param name="put">What is put, or <see langword="null"/> to delete.</param>
    /// <param name="value">Bytes of what is put.</param>
    /// <param name="mayUnlock">Whether a locked setting may be put unlocked, with the content that it has.</param>
    public void Add(SettingKey key, byte[] recordKey, ReadOnlyMemory<byte>? current, SettingValue? put, byte[]? value, bool mayUnlock = true)
    {
        var changesNothing = current is { } stands ? value is not null && stands.Span.SequenceEqual(value) : value is null;
        if (changesNothing) return;
        if (current is { } held && IsLocked(held.Span) && !(mayUnlock && IsOnlyUnlocked(held.Span, put))) (_locked ??= []).Add(key);
        _body.Changes.Add(new SettingChange { Key = key.Key, Label = key.Label ?? "", Put = put });
        var perSetting = before.IsStamped ? 2 : 1;
        _records += perSetting * ((value is null ? 0 : 1) - (current is null ? 0 : 1));
        if (before.IsStamped) _bytes += Stamps.BytesOf(recordKey.Length) * ((value is null ? 0 : 1) - (current is null ? 0 : 1)); // at most: varints may be shorter
        _bytes += (value is null ? 0 : recordKey.Length + value.Length) - (current is { } gone ? recordKey.Length + gone.Length : 0);
    }

    /// <summary>Puts the changes into the order of the log, if they did not come so.</summary>
    public void Sort()
    {
        var sorted = _body.Changes.OrderBy(SettingChanges.KeyOf).ToList();
        _body.Changes.Clear();
        _body.Changes.AddRange(sorted);
    }

    /// <summary>What all of it comes to.</summary>
    /// <param name="rolledBackTo">Sequence whose content this restores; 0 for an ordinary change.</param>
    /// <param name="pin">The pin that begins, or the empty one of its end; <see langword="null"/>: neither.</param>
    public Decision Decide(ulong rolledBackTo, PinChange? pin = null)
    {
        if (_body.Changes.Count == 0 && pin is null) return new Decision.Answer(new SubmitResult.Unchanged(before.Revision, before.Records));
        if (_locked is not null) return new Decision.Answer(new SubmitResult.Locked(_locked));
        if (pin is { Sequence: > 0 } && PinRecord.Find(before.Records) is null) _records++;
        // What is over a limit already (one that was lowered) may still shrink.
        if (_records > Limits.NamespaceRecordsMax && _records > before.Records.Count) return Over("settings in the namespace", Limits.NamespaceRecordsMax, _records);
        if (_bytes > Limits.NamespaceBytesMax && _bytes > before.Records.Bytes) return Over("bytes in the namespace", Limits.NamespaceBytesMax, _bytes);
        (_body.RolledBackTo, _body.Pin) = (rolledBackTo, pin);
        var size = _body.CalculateSize();
        return size > Limits.ChangesetBytesMax ? Over("bytes in the changeset", Limits.ChangesetBytesMax, size) : new Decision.Append(_body);
    }

    private static Decision.Answer Over(string what, long max, long asked) => new(new SubmitResult.OverLimit(what, max, asked));

    private static bool IsLocked(ReadOnlySpan<byte> value) =>
        value.IndexOf("\x20\x01"u8) >= 0 && SettingValue.Parser.ParseFrom(value).Locked; // its field's two bytes stand in every locked value: most others need no parsing

    private static bool IsOnlyUnlocked(ReadOnlySpan<byte> current, SettingValue? put)
    {
        if (put is null || put.Locked) return false;
        var unlocked = SettingValue.Parser.ParseFrom(current);
        unlocked.Locked = false;
        return unlocked.Equals(put);
    }
}
