// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;
using Heliograph.Core.Merkle;
using Heliograph.Core.Sequencing;
using Heliograph.Core.State;

namespace Heliograph.Core.Access;

/// <summary>Where a change request stands.</summary>
public enum ChangeRequestStatus
{
    /// <summary>It waits for consent, unless its time is over.</summary>
    Open,

    /// <summary>Everybody needed has consented; it is being committed.</summary>
    Approved,

    /// <summary>It is in the log of its namespace.</summary>
    Committed,

    /// <summary>Somebody said no, or its author took it back.</summary>
    Rejected,

    /// <summary>It was approved and could not be committed: what it rested on did not hold any more.</summary>
    Failed,
}

/// <summary>One person's consent.</summary>
/// <param name="By">Who.</param>
/// <param name="At">When.</param>
public sealed record Consent(string By, DateTimeOffset At);

/// <summary>One setting of a requested change.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Label">Its label.</param>
/// <param name="Put">What is put: the bytes of its record; <see langword="null"/>: it is deleted.</param>
/// <param name="Was">Its etag when the change was requested; <see langword="null"/>: it did not exist. It must still be so.</param>
public sealed record RequestedSetting(string Key, string? Label, byte[]? Put, string? Was);

/// <summary>A change that waits for the consent of others, and what became of it: a setting <c>request/ID</c> of <c>heliograph.requests</c>.</summary>
/// <remarks>What is asked for never changes once it is written: whoever consents to an id consents to its content. When it is closed its content goes; what was committed is in the log.</remarks>
public sealed record ChangeRequest
{
    /// <summary>What the keys of requests begin with.</summary>
    public const string KeyPrefix = "request/";

    /// <summary>Most bytes of settings, keys included, in one request.</summary>
    public const int ContentBytesMax = 512 << 10;

    /// <summary>Longest message of a request, in characters: who consented is added to it.</summary>
    public const int MessageCharsMax = 2_048;

    /// <summary>Its id.</summary>
    public required string Id { get; init; }

    /// <summary>The namespace that it would change.</summary>
    public required string Namespace { get; init; }

    /// <summary>Who asks.</summary>
    public required string Author { get; init; }

    /// <summary>Every subject that the author was: one of them must still be an author of the namespace when it is approved, and none shut out.</summary>
    public required IReadOnlyList<string> Subjects { get; init; }

    /// <summary>Why.</summary>
    public required string Message { get; init; }

    /// <summary>When it was asked.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it is too late to consent.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>Request id of the commit, so that it has one effect, whoever completes it.</summary>
    public required string CommitId { get; init; }

    /// <summary>Where it stands.</summary>
    public ChangeRequestStatus Status { get; init; }

    /// <summary>Who has consented.</summary>
    public IReadOnlyList<Consent> Approvals { get; init; } = [];

    /// <summary>The settings that it changes; <see langword="null"/> for a rollback, and once it is closed.</summary>
    public IReadOnlyList<RequestedSetting>? Settings { get; init; }

    /// <summary>The revision whose content a rollback restores.</summary>
    public string? To { get; init; }

    /// <summary>The revision that the namespace must be at; <see langword="null"/>: the settings alone must be what they were.</summary>
    public string? ExpectedRevision { get; init; }

    /// <summary>Who closed it.</summary>
    public string? ClosedBy { get; init; }

    /// <summary>When.</summary>
    public DateTimeOffset? ClosedAt { get; init; }

    /// <summary>Why it was rejected or failed.</summary>
    public string? Reason { get; init; }

    /// <summary>The namespace's revision that it became.</summary>
    public string? Revision { get; init; }

    /// <summary>Whether it can be consented to at a time.</summary>
    public bool IsOpenAt(DateTimeOffset now) => Status == ChangeRequestStatus.Open && now < ExpiresAt;

    /// <summary>The key of its setting.</summary>
    public static SettingKey KeyOf(string id) => SettingKey.Create(KeyPrefix + id);

    /// <summary>Its setting.</summary>
    public Setting ToSetting() => new(KeyOf(Id), JsonSerializer.Serialize(this, ChangeRequestJson.Default.ChangeRequest), "application/json", []);

    /// <summary>Finds a request, and its etag.</summary>
    /// <param name="records">Records of <c>heliograph.requests</c>; <see langword="null"/> where there is none.</param>
    /// <param name="id">Which.</param>
    public static (ChangeRequest Request, Hash256 Etag)? Find(MerkleMap? records, string id)
    {
        if (records is null || !SettingKey.TryCreate(KeyPrefix + id, null, out var key, out _)) return null;
        var recordKey = SettingRecord.KeyOf(key);
        return records.TryGet(recordKey, out var value) && TryRead(recordKey, value.Span, out var request) && request.Id == id ? (request, SettingRecord.ContentHash(value.Span)) : null;
    }

    /// <summary>Reads a record of <c>heliograph.requests</c>.</summary>
    public static bool TryRead(ReadOnlySpan<byte> recordKey, ReadOnlySpan<byte> recordValue, [NotNullWhen(true)] out ChangeRequest? request)
    {
        request = null;
        if (!SettingRecord.TryParse(recordKey, recordValue, out var setting) || !setting.Key.Key.StartsWith(KeyPrefix, StringComparison.Ordinal)) return false;
        try { request = JsonSerializer.Deserialize(setting.Value, ChangeRequestJson.Default.ChangeRequest); }
        catch (JsonException) { } // what does not parse asks for nothing
        return request is not null;
    }

    /// <summary>What is submitted once it is approved: its content, under its author's name, told who consented. The same record always gives the same submission.</summary>
    /// <returns>Whether there is any: a closed or damaged one has no content.</returns>
    public bool TryToSubmission([NotNullWhen(true)] out Submission? submission)
    {
        submission = null;
        if (!NamespaceName.TryParse(Namespace, out var name, out _)) return false;
        Revision? expected = null;
        if (ExpectedRevision is { } text)
        {
            if (!Heliograph.Revision.TryParse(text, out var seen)) return false;
            expected = seen;
        }
        var message = $"{Message} [request {Id}, approved by {string.Join(", ", Approvals.Select(consent => consent.By))}]".TrimStart();
        if (To is not null) submission = Heliograph.Revision.TryParse(To, out var to) ? new Submission.Rollback(name, to, expected, Author, CommitId, message) { ApprovedRequest = Id } : null;
        else if (Operations() is { } operations) submission = new Submission.Change(new Changeset(name, operations, message, expected), Author, CommitId) { ApprovedRequest = Id };
        return submission is not null;
    }

    private List<SettingOperation>? Operations()
    {
        if (Settings is null) return null;
        var operations = new List<SettingOperation>(Settings.Count);
        foreach (var it in Settings)
        {
            if (!SettingKey.TryCreate(it.Key, it.Label, out var key, out _)) return null;
            Precondition? was = it.Was is null ? new Precondition.Absent() : Hash256.TryParse(it.Was, out var etag) ? new Precondition.Matches(etag) : null;
            if (was is null) return null;
            if (it.Put is null) operations.Add(new SettingOperation.Delete(key, was));
            else if (SettingRecord.TryParse(SettingRecord.KeyOf(key), it.Put, out var setting)) operations.Add(new SettingOperation.Put(setting, was));
            else return null;
        }
        return operations;
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ChangeRequest))]
internal sealed partial class ChangeRequestJson : JsonSerializerContext;
