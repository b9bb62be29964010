// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Access;
using Heliograph.Core.Heads;
using Heliograph.Core.Log;
using Heliograph.Core.Merkle;
using Heliograph.Core.Sequencing;
using Heliograph.Core.State;
using Heliograph.Hosting.Problems;
using Heliograph.Origin.Access;
using Heliograph.Origin.Realm;
using Heliograph.Platform;
using Heliograph.Replication.Reports;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Heliograph.Origin.Http;

/// <summary>What the endpoints work with, and the steps that all of them take.</summary>
internal sealed record OriginApi(Sequencer Sequencer, TrustCell Trust, Credentials Credentials, IFleetSource Fleet, SeenInstances Seen, RevisionSignal Signal, LogScrubber Scrubber, StoreSpace Space, SystemIds Ids, TimeProvider Time, CancellationToken Stopping)
{
    private static readonly TimeSpan MinRevisionWait = TimeSpan.FromSeconds(2);

    /// <summary>The header that says at which revision of the log an answer was read.</summary>
    public const string RevisionHeader = "Heliograph-Revision";

    /// <summary>The header by which a read asks for at least a revision.</summary>
    public const string MinRevisionHeader = "Heliograph-Min-Revision";

    /// <summary>The header by which a read asks to see everything that was acknowledged anywhere before it: <c>linearizable</c>.</summary>
    public const string ConsistencyHeader = "Heliograph-Consistency";

    /// <summary>The namespace in the path; wrong ones are a fault.</summary>
    public static NamespaceName Namespace(HttpContext context, Faults faults)
    {
        if (!NamespaceName.TryParse(context.Request.RouteValues["ns"] as string, out var name, out var error)) faults.Add("namespace", error);
        return name;
    }

    /// <summary>The state to read from: at least at the revision that the request asks for. The answer's header says which it is.</summary>
    public async Task<(RealmState State, Problem? Problem)> StateForAsync(HttpContext context)
    {
        var header = context.Request.Headers[MinRevisionHeader];
        if (!StringValues.IsNullOrEmpty(header))
        {
            if (!Revision.TryParse(header.ToString(), out var wanted))
                return (Sequencer.Current.State, Faults.Of([new(MinRevisionHeader, "A revision is written epoch.sequence, for example 1.48213.")]));
            if (!await ReachedAsync(wanted, context.RequestAborted))
                return (Sequencer.Current.State, ProblemKinds.Behind.With($"This origin is at {Sequencer.Current.State.Revision}.", retryAfter: TimeSpan.FromSeconds(1)));
        }
        if (await LevelAsync(context) is { } problem) return (Sequencer.Current.State, problem);
        var state = Sequencer.Current.State;
        context.Response.Headers[RevisionHeader] = state.Revision.ToString();
        return (state, null);
    }

    /// <summary>Waits, if the request asks for it, until this origin holds whatever the store held when it was asked.</summary>
    private async Task<Problem?> LevelAsync(HttpContext context)
    {
        var header = context.Request.Headers[ConsistencyHeader];
        if (StringValues.IsNullOrEmpty(header)) return null;
        if (header.ToString() != "linearizable") return Faults.Of([new(ConsistencyHeader, "It is 'linearizable', or not given.")]);
        var tip = await Sequencer.ReadTipAsync(context.RequestAborted);
        if (tip is not StoreAnswer<LogTip>.Done(var newest)) return Unread(tip);
        return await ReachedAsync(newest.Revision, context.RequestAborted) ? null : ProblemKinds.Behind.With($"This origin is at {Sequencer.Current.State.Revision}, the log at {newest.Revision}.", retryAfter: TimeSpan.FromSeconds(1));
    }

    /// <summary>A namespace to read from, for a caller who may. Whoever asks for the past may ask for one that is deleted now: it is <see langword="null"/>, and no problem.</summary>
    public async Task<(RealmState State, RealmNamespace? Found, Problem? Problem)> ReadAsync(HttpContext context, NamespaceName name, bool isOfThePast = false)
    {
        if (context.GetCaller().Refusal(name, Role.Reader) is { } refusal) return (Sequencer.Current.State, null, refusal);
        var (state, problem) = await StateForAsync(context);
        if (problem is not null) return (state, null, problem);
        return state.Find(name) is { } found ? (state, found, null) : (state, null, isOfThePast ? null : NotFound());
    }

    /// <summary>A namespace's content as it stood at a revision of the log (<see langword="null"/>: now), and the revision of the namespace then.</summary>
    public async Task<(MerkleMap? Records, Revision Revision, Problem? Problem)> ContentAtAsync(RealmState state, RealmNamespace? now, NamespaceName name, Revision? at, string parameter, CancellationToken cancellationToken)
    {
        if (at is not { } then) return now is null ? (null, default, NotFound()) : (now.Records, now.Revision, null);
        if (!Sequencer.History.Holds(then, state.Revision))
            return (null, default, Faults.Of([new(parameter, $"There is no revision {then} in this log; the newest is {state.Revision}.")]));
        return await Sequencer.History.FindAsync(name, then.Sequence, cancellationToken) switch
        {
            StoreAnswer<PastNamespace?>.Done { Value: { } past } => (past.Records, Sequencer.History.RevisionAt(past.LastSequence), null),
            StoreAnswer<PastNamespace?>.Done => (null, default, ProblemKinds.NotFound.With($"The namespace did not exist at {then}.")),
            var failed => (null, default, Unread(failed)),
        };
    }

    /// <summary>The idempotency key, or an id of our own where there is none. The request remembers it, for the audit log.</summary>
    public string RequestId(HttpContext context, Faults faults)
    {
        var id = ReadRequestId(context, faults);
        context.SetRequestId(id);
        return id;
    }

    private string ReadRequestId(HttpContext context, Faults faults)
    {
        const string Header = "Idempotency-Key";
        var header = context.Request.Headers[Header];
        if (header.Count == 0) return Ids.NewRequestId();
        if (header is [{ Length: > 0 and <= Limits.RequestIdCharsMax } id] && !id.AsSpan().ContainsAnyExceptInRange('!', '~')) return id;
        faults.Add(Header, $"An idempotency key has 1 to {Limits.RequestIdCharsMax} printable ASCII characters, no spaces, and stands once.");
        return Ids.NewRequestId();
    }

    /// <summary>Submits and says at which revision the answer stands.</summary>
    public async Task<SubmitResult> SubmitAsync(HttpContext context, Submission submission, bool isDryRun = false)
    {
        var result = isDryRun ? await Sequencer.PreviewAsync(submission with { IsProposal = true }, context.RequestAborted) : await Sequencer.SubmitAsync(submission, context.RequestAborted);
        Space.Note(result);
        context.Response.Headers[RevisionHeader] = Sequencer.Current.State.Revision.ToString();
        return result;
    }

    /// <summary>What to answer where there is nothing, or nothing that the caller may know of.</summary>
    public static Problem NotFound() => ProblemKinds.NotFound.With("There is no such namespace, or it may not be read.");

    /// <summary>What to answer when the log did not give what was asked.</summary>
    public static Problem Unread<T>(StoreAnswer<T> answer) => answer switch
    {
        StoreAnswer<T>.Unavailable no => ProblemKinds.Unavailable.With("The log cannot be read now.", retryAfter: no.RetryAfter),
        StoreAnswer<T>.OutcomeUnknown => ProblemKinds.Unavailable.With("The log did not answer.", retryAfter: TimeSpan.FromSeconds(1)),
        _ => ProblemKinds.InternalError.With("The log is damaged where this is kept."),
    };

    private async Task<bool> ReachedAsync(Revision wanted, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(MinRevisionWait, Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken, Stopping);
        while (true)
        {
            var next = Signal.Next; // before looking
            if (!Sequencer.Current.State.Revision.IsBefore(wanted)) return true;
            try { await next.WaitAsync(either.Token); }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested) { return false; }
        }
    }
}
