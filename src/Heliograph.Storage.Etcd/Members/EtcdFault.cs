// SPDX-License-Identifier: Apache-2.0
using System.Security.Authentication;
using Grpc.Core;

namespace Heliograph.Storage.Etcd.Members;

/// <summary>What an error of a call says of its effect. Only what certainly had none counts as refused; everything else is of unknown outcome.</summary>
internal static class EtcdFault
{
    /// <summary>What to do about a used-up quota, for operators.</summary>
    public const string NoSpace = "etcd's space quota is used up (alarm NOSPACE). Compact and defragment its members one by one, raise --quota-backend-bytes if that is not enough, then disarm the alarm ('etcdctl alarm disarm').";

    /// <summary>Whether the call never left this process: another member may be tried at once.</summary>
    public static bool IsUnsent(RpcException exception) =>
        exception.Status.DebugException is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError }
        || exception.Status.DebugException is HttpRequestException { InnerException: AuthenticationException };

    /// <summary>Judges an error.</summary>
    public static EtcdReply<T> Of<T>(RpcException exception, string member)
    {
        var detail = $"{member}: {Describe(exception)}";
        if (IsUnsent(exception)) return new EtcdReply<T>.Refused(EtcdRefusalKind.Unreachable, detail);
        var (code, message) = (exception.StatusCode, exception.Status.Detail);
        return code switch
        {
            StatusCode.ResourceExhausted when message.Contains("database space exceeded", StringComparison.Ordinal) => new EtcdReply<T>.Refused(EtcdRefusalKind.NoSpace, NoSpace),
            StatusCode.ResourceExhausted when message.Contains("too many requests", StringComparison.Ordinal) => new EtcdReply<T>.Refused(EtcdRefusalKind.NotNow, detail),
            StatusCode.Unavailable when message.Contains("no leader", StringComparison.Ordinal) => new EtcdReply<T>.Refused(EtcdRefusalKind.NotNow, $"{member}: etcd has no leader; most of its members must be up."),
            StatusCode.DataLoss => new EtcdReply<T>.Refused(EtcdRefusalKind.Corrupt, $"{detail}. etcd has found that its members differ."),
            StatusCode.Unauthenticated or StatusCode.PermissionDenied or StatusCode.Unimplemented => new EtcdReply<T>.Refused(EtcdRefusalKind.Denied, detail),
            StatusCode.InvalidArgument when message.StartsWith("etcdserver:", StringComparison.Ordinal) => new EtcdReply<T>.Refused(EtcdRefusalKind.Denied, detail),
            _ => new EtcdReply<T>.Unknown(detail),
        };
    }

    /// <summary>The error in one line.</summary>
    public static string Describe(RpcException exception)
    {
        var text = exception.Status.DebugException is HttpRequestException http ? Innermost(http).Message : exception.Status.Detail;
        return $"{exception.StatusCode}, {text.ReplaceLineEndings(" ").TrimEnd('.')}";
    }

    private static Exception Innermost(Exception exception)
    {
        while (exception.InnerException is { } inner) exception = inner;
        return exception;
    }
}
