// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Storage.Etcd.Members;

/// <summary>A call that gave no answer, on its way to the one place that makes an answer of the port of it.</summary>
/// <param name="kind">Why it had no effect; <see langword="null"/> if it may have had one.</param>
/// <param name="reason">For people.</param>
internal sealed class CallFailedException(EtcdRefusalKind? kind, string reason) : Exception(reason)
{
    /// <summary>Why the call had no effect; <see langword="null"/> if it may have had one.</summary>
    public EtcdRefusalKind? Kind { get; } = kind;
}

internal static class Replies
{
    /// <summary>The answer.</summary>
    /// <exception cref="CallFailedException">There is none.</exception>
    public static async ValueTask<T> OrThrowAsync<T>(this ValueTask<EtcdReply<T>> call) => await call switch
    {
        EtcdReply<T>.Answer(var value) => value,
        EtcdReply<T>.Refused(var kind, var reason) => throw new CallFailedException(kind, reason),
        EtcdReply<T>.Unknown(var reason) => throw new CallFailedException(null, reason),
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}
