// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Replication.Access;

/// <summary>What opens namespaces for reading: given by the origin to relays and agents that may read them, over their own connection, in no namespace.</summary>
public interface IReaderKeySource
{
    /// <summary>The reader key of a namespace, 32 bytes; <see langword="null"/> if it is not known here, or nobody has a read-only access key for it. Thread-safe.</summary>
    ReadOnlyMemory<byte>? Find(NamespaceName name);
}

/// <summary>Takes reader keys from a parent.</summary>
public interface IReaderKeySink
{
    /// <summary>A parent gave a key. Called on the follower's loop: must be short and must not throw.</summary>
    void Take(NamespaceName name, ReadOnlyMemory<byte> key);
}
