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
/// <param name="path">The file: a line a namespace, its name and 64 hexadecimal digits.</param>
/// <param name="logger">Where it tells.</param>
internal sealed class ReaderKeyFile(string path, ILogger logger) : IReaderKeySource, IReaderKeySink
{
    /// <summary>Name of the file in the data directory.</summary>
    public const string FileName = "reader-keys";

    private readonly ConcurrentDictionary<NamespaceName, byte[]> _keys = new();
    private readonly Lock _sync = new();

    /// <summary>A key came that was not known: children may wait for it.</summary>
    public event Action? Changed;

    /// <summary>Reads the file, if it is there. One that is damaged, or that others may read, is told and not used: the keys come again.</summary>
    public void Load()
    {
        if (!File.Exists(path)) return;
        try
        {
            foreach (var line in ProtectedFile.ReadSecret(path).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
                if (line.Split(' ') is [var name, { Length: 2 * AccessKeyDerivation.KeyBytes } key] && NamespaceName.TryParse(name, out var parsed, out _)) _keys[parsed] = Convert.FromHexString(key);
        }
        catch (Exception fault) when (fault is IOException or FormatException) { logger.ReaderKeysNotKept(fault, path); }
    }

    /// <inheritdoc/>
    public ReadOnlyMemory<byte>? Find(NamespaceName name) => _keys.TryGetValue(name, out var key) ? key : default(ReadOnlyMemory<byte>?); // a plain null would become an empty key

    /// <inheritdoc/>
    public void Take(NamespaceName name, ReadOnlyMemory<byte> key)
    {
        if (key.Length != AccessKeyDerivation.KeyBytes || (_keys.TryGetValue(name, out var known) && key.Span.SequenceEqual(known))) return;
        _keys[name] = key.ToArray();
        Save();
        Changed?.Invoke();
    }

    private void Save()
    {
        var text = new StringBuilder();
        foreach (var (name, key) in _keys.OrderBy(pair => pair.Key)) text.Append(name.Value).Append(' ').Append(Convert.ToHexStringLower(key)).Append('\n');
        try
        {
            lock (_sync) ProtectedFile.Write(path, text.ToString(), ProtectedFile.OwnerOnly, replace: true);
        }
        catch (IOException fault) { logger.ReaderKeysNotKept(fault, path); } // in memory they serve all the same
    }
}
