// SPDX-License-Identifier: Apache-2.0
using Grpc.Core;
using Heliograph.Storage.Etcd.Wire;
using Microsoft.Extensions.Logging;

namespace Heliograph.Storage.Etcd.Members;

/// <summary>The members, of which one is asked until it fails; then the next.</summary>
/// <remarks>
/// A call that may have reached a member is never repeated here: whoever asked decides. A member is used only after its version and
/// its cluster's id were found right. An answer of an earlier revision than one seen before the call is no answer: linearizable reads
/// of a member that was paused can be stale.
/// </remarks>
internal sealed class EtcdCluster : IDisposable
{
    /// <summary>Longest wait for a read or an append.</summary>
    public static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(3);

    private static readonly Metadata RequireLeader = new() { { "hasleader", "true" } }; // a member without a quorum says so at once

    private readonly EtcdMember[] _members;
    private readonly EtcdLogStoreOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private int _current;
    private long _clusterId, _revisionSeen;

    public EtcdCluster(EtcdLogStoreOptions options, TimeProvider time, ILogger logger)
    {
        (_options, _time, _logger) = (options, time, logger);
        _members = [.. options.Endpoints.Select(address => new EtcdMember(address, options))];
    }

    /// <summary>The newest revision of etcd's store that was seen.</summary>
    public long RevisionSeen => Interlocked.Read(ref _revisionSeen);

    /// <summary>The member that is asked now, vetted, or <see langword="null"/> with the reason.</summary>
    public async ValueTask<(EtcdMember? Member, string Reason)> UsableAsync(CancellationToken cancellationToken)
    {
        var reasons = new List<string>();
        for (var tried = 0; tried < _members.Length; tried++)
        {
            var member = _members[_current];
            if (member.IsVetted) return (member, "");
            if (await FaultOfAsync(member, cancellationToken) is not { } fault) return (member, "");
            reasons.Add(fault.Message);
            Leave(member);
        }
        return (null, string.Join(" ", reasons));
    }

    /// <summary>From here on another member is asked, if this one is the one that was.</summary>
    public void Leave(EtcdMember member)
    {
        var at = Array.IndexOf(_members, member);
        if (Interlocked.CompareExchange(ref _current, (at + 1) % _members.Length, at) == at && _members.Length > 1) _logger.MemberLeft(member.Name, _members[(at + 1) % _members.Length].Name);
    }

    /// <summary>Vets every member that answers.</summary>
    /// <returns>How many may be used, and what is wrong with the others.</returns>
    public async ValueTask<(int Usable, IReadOnlyList<MemberFault> Faults)> VetAsync(CancellationToken cancellationToken)
    {
        var faults = new List<MemberFault>();
        foreach (var member in _members)
            if (await FaultOfAsync(member, cancellationToken) is { } fault) faults.Add(fault);
        return (_members.Length - faults.Count, faults);
    }

    public ValueTask<EtcdReply<RangeResponse>> RangeAsync(RangeRequest request, CancellationToken cancellationToken) =>
        AskAsync(member => member.Keys.RangeAsync(request, Options(CallTimeout, cancellationToken)), static it => it.Header, cancellationToken);

    public ValueTask<EtcdReply<TxnResponse>> TransactAsync(TxnRequest request, CancellationToken cancellationToken) =>
        AskAsync(member => member.Keys.TxnAsync(request, Options(CallTimeout, cancellationToken)), static it => it.Header, cancellationToken);

    /// <summary>Calls the current member; the next one, if the call never left this process.</summary>
    /// <param name="call">The call.</param>
    /// <param name="headerOf">The header, if its revision is to be held against what was seen before.</param>
    /// <param name="cancellationToken">Stops the wait: what was asked may still be done.</param>
    public async ValueTask<EtcdReply<T>> AskAsync<T>(Func<EtcdMember, AsyncUnaryCall<T>> call, Func<T, ResponseHeader>? headerOf, CancellationToken cancellationToken)
    {
        EtcdReply<T> reply = new EtcdReply<T>.Refused(EtcdRefusalKind.Unreachable, "There is no member.");
        for (var tried = 0; tried < _members.Length; tried++)
        {
            var (member, reason) = await UsableAsync(cancellationToken);
            if (member is null) return new EtcdReply<T>.Refused(EtcdRefusalKind.Unreachable, reason);
            var floor = RevisionSeen;
            try
            {
                using var pending = call(member);
                var value = await pending.ResponseAsync;
                if (headerOf?.Invoke(value) is not { } header) return new EtcdReply<T>.Answer(value);
                if (Judge(header, floor) is not { } fault) return new EtcdReply<T>.Answer(value);
                _logger.StaleMember(member.Name, fault);
                Leave(member);
                return new EtcdReply<T>.Unknown($"{member.Name}: {fault}");
            }
            catch (RpcException exception)
            {
                reply = EtcdFault.Of<T>(exception, member.Name);
                if (reply is not EtcdReply<T>.Refused { Kind: EtcdRefusalKind.NoSpace or EtcdRefusalKind.Denied } && !cancellationToken.IsCancellationRequested) Leave(member);
                if (!EtcdFault.IsUnsent(exception)) return reply;
                member.IsVetted = false; // it may come back as another
            }
        }
        return reply;
    }

    /// <summary>Deadline, cancellation and the demand for a leader.</summary>
    public CallOptions Options(TimeSpan timeout, CancellationToken cancellationToken) => new(RequireLeader, _time.GetUtcNow().UtcDateTime + timeout, cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var member in _members) member.Dispose();
    }

    private string? Judge(ResponseHeader header, long floor)
    {
        if ((long)header.ClusterId != Interlocked.Read(ref _clusterId)) return $"it belongs to cluster {header.ClusterId:x} now.";
        if (header.Revision < floor) return $"it answered from the past: at its revision {header.Revision}, after {floor} was seen.";
        for (var seen = RevisionSeen; header.Revision > seen; seen = RevisionSeen)
            if (Interlocked.CompareExchange(ref _revisionSeen, header.Revision, seen) == seen) break;
        return null;
    }

    private async ValueTask<MemberFault?> FaultOfAsync(EtcdMember member, CancellationToken cancellationToken)
    {
        if (member.IsVetted) return null;
        try
        {
            var status = await member.Upkeep.StatusAsync(new(), new CallOptions(deadline: _time.GetUtcNow().UtcDateTime + CallTimeout, cancellationToken: cancellationToken));
            if (EtcdVersion.Fault(status.Version) is { } version)
            {
                if (!_options.AllowUnsupported) return new(MemberFaultKind.Unsupported, $"{member.Name} is not used: {version}.");
                _logger.Unsupported(member.Name, version);
            }
            var (mine, others) = ((long)status.Header.ClusterId, Interlocked.CompareExchange(ref _clusterId, (long)status.Header.ClusterId, 0));
            if (others != 0 && others != mine) return new(MemberFaultKind.OtherCluster, $"{member.Name} is not used: it belongs to cluster {mine:x}, the others to {others:x}.");
            member.IsVetted = true;
            return null;
        }
        catch (RpcException exception) when (!cancellationToken.IsCancellationRequested)
        {
            return new(MemberFaultKind.Unreachable, $"{member.Name} cannot be reached: {EtcdFault.Describe(exception)}.");
        }
    }
}

/// <summary>Why a member is not used.</summary>
internal readonly record struct MemberFault(MemberFaultKind Kind, string Message);

/// <summary>The kinds of it.</summary>
internal enum MemberFaultKind
{
    /// <summary>It does not answer.</summary>
    Unreachable,

    /// <summary>Its release is not supported.</summary>
    Unsupported,

    /// <summary>It is a member of another cluster than the others.</summary>
    OtherCluster,
}
