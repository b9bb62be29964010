// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Heliograph.Core.Access;
using Heliograph.Core.Merkle;
using Heliograph.Core.Sequencing;
using Heliograph.Core.State;
using Heliograph.Origin.Access;
using Heliograph.Platform.Pki;

namespace Heliograph.Origin.Enrolment;

/// <summary>Lets nodes into the realm: a token that is good once makes the first certificate, a certificate makes the next.</summary>
/// <remarks>Tokens stand in the log, so any origin of a cluster takes them and none takes one twice. The realm's authority signs; it is the built-in one, and its key is where the origin was told.</remarks>
/// <param name="sequencer">Where tokens are kept.</param>
/// <param name="authority">Signs; <see langword="null"/>: this origin issues nothing.</param>
/// <param name="life">Of certificates.</param>
/// <param name="time">The clock.</param>
internal sealed class Enroller(Sequencer sequencer, CertificateAuthority? authority, TimeSpan life, TimeProvider time)
{
    /// <summary>How long a token is good: 10 minutes.</summary>
    public static readonly TimeSpan TokenLife = TimeSpan.FromMinutes(10);

    /// <summary>Tokens that may wait to be used.</summary>
    public const int TokensMax = 1_000;

    private const string ApiPrefix = "hlg_";

    /// <summary>What tokens begin with.</summary>
    public const string TokenPrefix = "hle_";

    /// <summary>Whether this origin issues certificates.</summary>
    public bool IsAble => authority is not null;

    /// <summary>The realm's name in identities.</summary>
    public string Realm => authority?.Realm ?? "";

    /// <summary>Makes a token for an identity, and forgets those that have expired.</summary>
    /// <returns>The token, shown once, and until when it is good; or what stood in the way.</returns>
    public async Task<(string? Token, DateTimeOffset ExpiresAt, SubmitResult Result)> MakeTokenAsync(SpiffeId identity, IReadOnlyList<string> dns, IReadOnlyList<string> addresses, string actor, string requestId, CancellationToken cancellationToken)
    {
        var (token, now) = (ApiToken.Create(), time.GetUtcNow());
        var waiting = Waiting();
        var expired = waiting.Where(one => one.Value.Record.ExpiresAt <= now).Select(one => one.Key).ToList();
        if (waiting.Count - expired.Count >= TokensMax) return (null, default, new SubmitResult.OverLimit("enrolment tokens that wait", TokensMax, waiting.Count - expired.Count + 1));
        var record = new EnrolmentRecord(token.SecretHash.ToString(), identity.ToString(), dns, addresses, now, now + TokenLife);
        var operations = expired.Select(SettingOperation (id) => new SettingOperation.Delete(KeyOf(id))).Append(new SettingOperation.Put(record.ToSetting(token.Id), new Precondition.Absent()));
        var result = await sequencer.SubmitAsync(new Submission.Change(new Changeset(NamespaceName.Credentials, [.. operations], $"Enrolment token {token.Id} for {identity}."), actor, requestId) { IsByOrigin = true }, cancellationToken);
        return result is SubmitResult.Committed ? (TokenPrefix + token.Reveal()[ApiPrefix.Length..], record.ExpiresAt, result) : (null, default, result);
    }

    /// <summary>The token's id and what it is good for; <see langword="null"/> if it is unknown, wrong, used or expired.</summary>
    public (string Id, EnrolmentRecord Record)? Find(ReadOnlySpan<char> text)
    {
        if (!text.StartsWith(TokenPrefix, StringComparison.Ordinal) || !ApiToken.TryParse($"{ApiPrefix}{text[TokenPrefix.Length..]}", out var token)) return null;
        var isKnown = Waiting().TryGetValue(token.Id, out var kept);
        Span<byte> expected = stackalloc byte[Hash256.SizeBytes], given = stackalloc byte[Hash256.SizeBytes];
        kept.SecretHash.CopyTo(expected); // zeros for an unknown one: no secret hashes to that, and both take the same time
        token.SecretHash.CopyTo(given);
        return CryptographicOperations.FixedTimeEquals(expected, given) && isKnown && kept.Record.ExpiresAt > time.GetUtcNow() ? (token.Id, kept.Record) : null;
    }

    /// <summary>Uses a token up and issues the certificate. The log decides who was first.</summary>
    public async Task<(X509Certificate2? Certificate, SubmitResult Result)> EnrolAsync(string id, EnrolmentRecord record, PublicKey key, string requestId, CancellationToken cancellationToken)
    {
        var used = new SettingOperation.Delete(KeyOf(id), new Precondition.Exists());
        var result = await sequencer.SubmitAsync(new Submission.Change(new Changeset(NamespaceName.Credentials, [used], $"Enrolled {record.Identity} by token {id}."), record.Identity, requestId) { IsByOrigin = true }, cancellationToken);
        return result is SubmitResult.Committed && SpiffeId.TryParse(record.Identity, out var identity, out _)
            ? (authority!.Issue(identity, key, record.Dns, record.Addresses.Select(IPAddress.Parse), life), result)
            : (null, result);
    }

    /// <summary>Issues the successor of a certificate: same identity, same names, another key.</summary>
    public X509Certificate2 Renew(X509Certificate2 current, SpiffeId identity, PublicKey key)
    {
        var names = current.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault();
        return authority!.Issue(identity, key, names?.EnumerateDnsNames(), names?.EnumerateIPAddresses(), life);
    }

    private Dictionary<string, (EnrolmentRecord Record, Hash256 SecretHash)> Waiting()
    {
        var tokens = new Dictionary<string, (EnrolmentRecord, Hash256)>(StringComparer.Ordinal);
        foreach (var (key, value) in sequencer.Current.State.Find(NamespaceName.Credentials)?.Records ?? MerkleMap.Empty)
            if (SettingRecord.TryParse(key.Span, value.Span, out var setting) && setting.Key is { Label: null, Key: var name } && name.StartsWith(EnrolmentRecord.KeyPrefix, StringComparison.Ordinal)
                && EnrolmentRecord.TryParse(setting.Value, out var record, out var hash))
                tokens[name[EnrolmentRecord.KeyPrefix.Length..]] = (record, hash);
        return tokens;
    }

    private static SettingKey KeyOf(string id) => SettingKey.Create(EnrolmentRecord.KeyPrefix + id);
}
