// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Log;
using Heliograph.Storage.Sqlite.Engine;

namespace Heliograph.Storage.Sqlite.Writing;

/// <summary>The right to append. The token is stored and fences; the lease is kept in memory.</summary>
/// <remarks>
/// A lease may live in memory because one process at a time has the file: after a restart, whoever held it before is dead.
/// So it runs on the monotonic clock, a renewal costs no flush, and a restarted origin need not wait.
/// </remarks>
internal sealed partial class LogWriter
{
    private readonly TimeProvider _time;
    private TimeSpan _lease;
    private long _renewedAt;
    private bool _isLeased; // false until someone campaigns in this process

    /// <summary>Gives the right to <paramref name="nodeId"/> under a new token, unless another node's lease runs.</summary>
    public LeadershipAnswer Campaign(string nodeId, TimeSpan lease)
    {
        var answer = InTransaction<LeadershipAnswer>(() =>
        {
            var (_, leader) = ReadState();
            if (leader.Node != nodeId && Remaining(leader) is { Ticks: > 0 } remaining)
                return (new LeadershipAnswer.HeldByOther(leader.Node, remaining), Commit: false);
            var token = checked(leader.Token + 1);
            SetLeader(new(token, nodeId));
            return (new LeadershipAnswer.Held(new(token)), Commit: true);
        });
        if (answer is LeadershipAnswer.Held) (_isLeased, _lease, _renewedAt) = (true, lease, _time.GetTimestamp());
        return answer;
    }

    /// <summary>Lets the lease begin anew, if the token is still the newest.</summary>
    public LeadershipAnswer Renew(LeaderToken token)
    {
        _probe?.Invoke(StoreStep.BeforeBegin);
        var (_, leader) = ReadState();
        if (!_isLeased || !Holds(leader, token)) return Other(leader);
        _renewedAt = _time.GetTimestamp();
        return new LeadershipAnswer.Held(token);
    }

    /// <summary>Ends the lease and the token's power, if it is still the newest.</summary>
    public LeadershipAnswer Resign(LeaderToken token)
    {
        var answer = InTransaction<LeadershipAnswer>(() =>
        {
            var (_, leader) = ReadState();
            if (!Holds(leader, token)) return (Other(leader), Commit: false);
            SetLeader(leader with { Node = "" });
            return (new LeadershipAnswer.Held(token), Commit: true);
        });
        if (answer is LeadershipAnswer.Held) _isLeased = false;
        return answer;
    }

    private static bool Holds(LeaderRow leader, LeaderToken token) => leader.Node.Length > 0 && leader.Token == token.Value;

    private LeadershipAnswer.HeldByOther Other(LeaderRow leader) => new(leader.Node, Remaining(leader));

    private TimeSpan Remaining(LeaderRow leader)
    {
        if (!_isLeased || leader.Node.Length == 0) return TimeSpan.Zero;
        var left = _lease - _time.GetElapsedTime(_renewedAt);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    private void SetLeader(LeaderRow leader) => Execute(_setLeader, leader.Token, leader.Node, LeaderRow.Checksum(leader.Token, leader.Node));
}
