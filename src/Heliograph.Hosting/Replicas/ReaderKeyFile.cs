// SPDX-License-Identifier: Apache-2.0
using System.Collections.Concurrent;
using System.Text;
using Heliograph.Core.Access;
using Heliograph.Hosting.Problems;
using Heliograph.Platform.Files;
using Heliograph.Replication.Access;
using Microsoft.Extensions.Logging;

namespace Heliograph.Hosting.Replicas;

/// <summary>The reader keys that a relay or an agent was given, kept in a file of mode 0600, so that clients are known also after a start with nobody above.</summary>
/// <remarks>
/// A parent gives them, and a parent may lie: a key is used, kept and passed on only while the signed realm names its hash. What is not named yet (it may come before the realm does) waits
/// apart, one a namespace, and never takes the place of a good one. Thread-safe.
/// </remarks>
/// <param name="path">The file: a line a namespace, its name and 64 hexadecimal digits.</param>
/// <param name="logger">Where it tells.</param>
internal sealed class ReaderKeyFile(string path, ILogger logger) : IReaderKeySource, IReaderKeySink
{
    /// <summary>Name of the file in the data directory.</summary>
    public const string FileName = "reader-keys";

    private readonly ConcurrentDictionary<NamespaceName, Given> _keys = new(), _unproven = new();
    private readonly Lock _sync = new();
    private volatile NamedReaderKeys? _named;

    /// <summary>A key came that was not known: children may wait for it.</summary>
    public event Action? Changed;

    /// <summary>Reads the file, if it is there. One that is damaged, or that others may read, is told and not used: the keys come again.</summary>
    /// <param name="named">What the realm says of keys; until now none was believed.</param>
    public void Load(NamedReaderKeys named)
    {
        _named = named;
        if (!File.Exists(path)) return;
        try
        {
            foreach (var line in ProtectedFile.ReadSecret(path).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
                if (line.Split(' ') is [var name, { Length: 2 * AccessKeyDerivation.KeyBytes } key] && NamespaceName.TryParse(name, out var parsed, out _)) _keys[parsed] = Given.Of(parsed, Convert.FromHexString(key));
        }
        catch (Exception fault) when (fault is IOException or FormatException) { logger.ReaderKeysNotKept(fault, path); }
    }

    /// <inheritdoc/>
    public ReadOnlyMemory<byte>? Find(NamespaceName name)
    {
        if (_keys.TryGetValue(name, out var key) && IsNamed(name, key)) return key.Key;
        return _unproven.TryGetValue(name, out var waiting) && IsNamed(name, waiting) ? Accept(name, waiting) : default(ReadOnlyMemory<byte>?); // a plain null would become an empty key
    }

    /// <inheritdoc/>
    public void Take(NamespaceName name, ReadOnlyMemory<byte> key)
    {
        if (key.Length != AccessKeyDerivation.KeyBytes || (_keys.TryGetValue(name, out var known) && key.Span.SequenceEqual(known.Key))) return;
        var given = Given.Of(name, key.ToArray());
        if (IsNamed(name, given))
        {
            Accept(name, given);
            Changed?.Invoke();
            return;
        }
        if (_unproven.TryAdd(name, given)) { if (_named?.Any(name) == true) logger.ReaderKeyNotNamed(name); } // said once: a parent that goes on must not fill the log
        else _unproven[name] = given;
    }

    private bool IsNamed(NamespaceName name, Given key) => _named?.Contains(name, key.Commitment) == true;

    private byte[] Accept(NamespaceName name, Given key)
    {
        _keys[name] = key;
        _unproven.TryRemove(KeyValuePair.Create(name, key));
        Save();
        return key.Key;
    }

    private void Save()
    {
        try
        {
            lock (_sync)
            {
                var text = new StringBuilder();
                foreach (var (name, key) in _keys.OrderBy(pair => pair.Key)) text.Append(name.Value).Append(' ').Append(Convert.ToHexStringLower(key.Key)).Append('\n');
                ProtectedFile.Write(path, text.ToString(), ProtectedFile.OwnerOnly, replace: true);
            }
        }
        catch (IOException fault) { logger.ReaderKeysNotKept(fault, path); } // in memory they serve all the same
    }

    private sealed record Given(byte[] Key, Hash256 Commitment)
    {
        public static Given Of(NamespaceName name, byte[] key) => new(key, AccessKeyDerivation.Commitment(name, key));
    }
}
