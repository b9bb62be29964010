// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Storage.Etcd.Members;

/// <summary>What a call to etcd came to. Closed: one case per thing that may be said of its effect.</summary>
internal abstract record EtcdReply<T>
{
    private EtcdReply() { }

    /// <summary>The answer.</summary>
    public sealed record Answer(T Value) : EtcdReply<T>;

    /// <summary>It had no effect: it was never sent, or the member refused it.</summary>
    public sealed record Refused(EtcdRefusalKind Kind, string Reason) : EtcdReply<T>;

    /// <summary>Perhaps it had its effect.</summary>
    public sealed record Unknown(string Reason) : EtcdReply<T>;
}

/// <summary>Why a call had no effect.</summary>
internal enum EtcdRefusalKind
{
    /// <summary>No member could be reached, or none that may be used.</summary>
    Unreachable,

    /// <summary>The member has no quorum, or too much to do.</summary>
    NotNow,

    /// <summary>The space quota is used up.</summary>
    NoSpace,

    /// <summary>The request is not allowed, or not valid: settings, or a bug.</summary>
    Denied,

    /// <summary>etcd has found its members to differ, and stopped.</summary>
    Corrupt,
}
