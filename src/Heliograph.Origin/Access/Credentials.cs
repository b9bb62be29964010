// SPDX-License-Identifier: Apache-2.0
using System.Security.Cryptography;
using Heliograph.Core.Access;
using Heliograph.Core.Merkle;
using Heliograph.Core.Sequencing;
using Heliograph.Core.State;

namespace Heliograph.Origin.Access;

/// <summary>Tokens and roles as they stand in the log now, in the form in which they are asked for at every request.</summary>
/// <remarks>Thread-safe. Read anew only when their namespaces have changed.</remarks>
internal sealed class Credentials(Sequencer sequencer, TimeProvider time)
{
    private readonly Derived<Dictionary<string, (TokenRecord Record, Hash256 SecretHash)>> _tokens = new(sequencer, NamespaceName.Credentials, ReadTokens);
    private readonly Derived<RolePolicy> _policy = new(sequencer, NamespaceName.Realm, RolePolicy.From);

    /// <summary>The roles.</summary>
    public RolePolicy Policy => _policy.Value;

    /// <summary>Every token, by id.</summary>
    public IReadOnlyDictionary<string, (TokenRecord Record, Hash256 SecretHash)> Tokens => _tokens.Value;

    /// <summary>What is kept of a token; <see langword="null"/> if it is unknown, wrong or expired.</summary>
    public TokenRecord? Find(ApiToken token)
    {
        var isKnown = Tokens.TryGetValue(token.Id, out var kept);
        Span<byte> expected = stackalloc byte[Hash256.SizeBytes];
        kept.SecretHash.CopyTo(expected); // zeros for an unknown one: no secret hashes to that, and both take the same time
        Span<byte> given = stackalloc byte[Hash256.SizeBytes];
        token.SecretHash.CopyTo(given);
        return CryptographicOperations.FixedTimeEquals(expected, given) && isKnown && kept.Record.ExpiresAt > time.GetUtcNow() ? kept.Record : null;
    }

    private static Dictionary<string, (TokenRecord, Hash256)> ReadTokens(MerkleMap records)
    {
        var tokens = new Dictionary<string, (TokenRecord, Hash256)>(StringComparer.Ordinal);
        foreach (var (key, value) in records)
            if (SettingRecord.TryParse(key.Span, value.Span, out var setting)
                && setting.Key is { Label: null, Key: var name } && name.StartsWith(TokenRecord.KeyPrefix, StringComparison.Ordinal)
                && TokenRecord.TryParse(setting.Value, out var record, out var secretHash))
                tokens[name[TokenRecord.KeyPrefix.Length..]] = (record, secretHash);
        return tokens;
    }

    /// <summary>What is read from a namespace's records, read anew when they are others.</summary>
    private sealed class Derived<T>(Sequencer sequencer, NamespaceName name, Func<MerkleMap, T> read)
    {
        private volatile Reading? _reading;

        public T Value
        {
            get
            {
                var records = sequencer.Current.State.Find(name)?.Records ?? MerkleMap.Empty;
                if (_reading is { } known && ReferenceEquals(known.Records, records)) return known.Value;
                var fresh = new Reading(records, read(records)); // two readers at once may both read; the results are the same
                _reading = fresh;
                return fresh.Value;
            }
        }

        private sealed record Reading(MerkleMap Records, T Value);
    }
}
