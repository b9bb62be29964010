// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Storage.Etcd;

/// <summary>Why a log in etcd is not opened, by what the operator does next.</summary>
public enum EtcdRefusal
{
    /// <summary>An address or certificate is not as it must be: correct it.</summary>
    Settings,

    /// <summary>No member answers, or there is no quorum: check addresses, certificates and etcd itself.</summary>
    CannotConnect,

    /// <summary>A member's release is too old: update etcd.</summary>
    Unsupported,

    /// <summary>The addresses are of two clusters: correct them.</summary>
    OtherCluster,

    /// <summary>etcd does not allow it: check its users and roles.</summary>
    Denied,

    /// <summary>The space quota is used up.</summary>
    Full,

    /// <summary>What is there has another layout than this version writes.</summary>
    OtherFormat,

    /// <summary>The log was moved away, or is still being moved in.</summary>
    Moved,

    /// <summary>What is stored is damaged: restore it.</summary>
    Corrupt,
}

/// <summary>The log was not opened.</summary>
public sealed class EtcdLogStoreException(EtcdRefusal refusal, string message) : IOException(message)
{
    /// <summary>The kind of reason; the message has the particulars.</summary>
    public EtcdRefusal Refusal { get; } = refusal;
}
