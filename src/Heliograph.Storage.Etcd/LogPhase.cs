// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Storage.Etcd;

/// <summary>What a log in etcd is for, as its <c>format</c> record says. Every append compares it, so whoever opened the log in one phase appends nothing in another.</summary>
public enum LogPhase
{
    /// <summary>Origins work with it.</summary>
    Live,

    /// <summary>It is being moved in: not whole yet. Only the move appends.</summary>
    Incoming,

    /// <summary>It was moved away, and goes on elsewhere. Nothing appends.</summary>
    Moved,

    /// <summary>It is being restored, or was and nothing proves that it holds everything that was ever signed. Only the restore appends.</summary>
    Restored,
}
