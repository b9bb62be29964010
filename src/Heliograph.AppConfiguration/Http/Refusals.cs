// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using Heliograph.Core.Sequencing;

namespace Heliograph.AppConfiguration.Http;

/// <summary>The one place where what the sequencer refused becomes an answer.</summary>
internal static class Refusals
{
    private static readonly TimeSpan s_soon = TimeSpan.FromSeconds(1);

    /// <summary>The answer to a submission that wrote nothing, or perhaps something.</summary>
    /// <param name="result">What it came to.</param>
    /// <param name="key">What it was about.</param>
    public static Answer Of(SubmitResult result, string key) => result switch
    {
        SubmitResult.PreconditionFailed or SubmitResult.Conflict => Problems.PreconditionFailed,
        SubmitResult.Locked => Problems.KeyLocked(key),
        SubmitResult.Invalid invalid => Problems.InvalidParameter(NameOf(invalid.Faults), string.Join(' ', invalid.Faults.Select(fault => fault.Message))),
        SubmitResult.OverLimit over => Problems.TooLarge($"At most {over.Max} {over.What}; this would be {over.Asked}."),
        SubmitResult.NotFound => Problems.NotFound,
        SubmitResult.AlreadyExists => Problems.AlreadyExists,
        SubmitResult.Archived => Problems.Forbidden("The store is archived."),
        SubmitResult.Frozen frozen => Problems.Forbidden($"Changes are frozen{(frozen.Reason.Length > 0 ? $": {frozen.Reason}" : "")}."),
        SubmitResult.Pinned pinned => Problems.Forbidden($"The store is pinned at {pinned.Pin.Revision}: {pinned.Pin.Reason}"),
        SubmitResult.ApprovalRequired => Problems.Forbidden("The store is protected: ask for the change at the origin's API or with 'helio', where others approve it."),
        SubmitResult.Overloaded busy => Problems.TooManyRequests(busy.RetryAfter),
        SubmitResult.Unavailable no => Problems.Unavailable(no.Reason, no.RetryAfter),
        SubmitResult.StoreFull => Problems.Unavailable("The store has no space; reading goes on.", TimeSpan.FromSeconds(30)),
        SubmitResult.ReadOnly reason => Problems.Unavailable(reason.Reason, TimeSpan.FromSeconds(30)),
        SubmitResult.OutcomeUnknown => Problems.Unavailable("It may have been written; read first.", s_soon),
        _ => throw new UnreachableException($"No answer is written for {result.GetType().Name}."),
    };

    private static string NameOf(IReadOnlyList<Fault> faults)
    {
        var path = faults.Count == 0 ? "" : faults[0].Path;
        var last = path[(path.LastIndexOf('.') + 1)..];
        return last switch { "contentType" => "content_type", "" => "body", _ => last };
    }
}
