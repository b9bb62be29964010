// SPDX-License-Identifier: Apache-2.0
using System.Net;

namespace Heliograph.Cli.Api;

/// <summary>What to do about each kind of refusal (docs/reference/errors.md), in the words of the command line.</summary>
internal static class NextSteps
{
    /// <summary>The next step for a problem's kind, or for its status where the kind is not known here.</summary>
    public static string? For(string? kind, HttpStatusCode status) => kind switch
    {
        "revision_conflict" => "Someone changed it meanwhile: look at 'helio history' and 'helio diff', then repeat.",
        "precondition_failed" => "Read it again ('helio get … -o json' shows the etag), then decide.",
        "already_exists" => "Use it as it is ('helio ns show'), or choose another name.",
        "archived" => "Archived namespaces refuse changes: 'helio ns unarchive' first.",
        "frozen" => "Wait until it is lifted ('helio freeze list'); an operator on call may pass it with --override-freeze REASON.",
        "pinned" => "Wait until it is released ('helio pins'); an operator on call may pin another revision, or release it with 'helio unpin'.",
        "approval_required" => "Ask others to approve it: the same command with --request, then 'helio change approve' by one of them.",
        "request_closed" => "See what became of it: 'helio change show'. Ask anew if it is still meant.",
        "not_archived" => "Archive it first ('helio ns archive'), so that nobody loses it by accident.",
        "idempotency_mismatch" => "This idempotency key was used for another change: use a new one.",
        "read_only" => "The origin takes no changes until an operator has looked at it: see its log and /readyz.",
        "store_full" => "Make space on the disk of the origin's log.",
        "limit_exceeded" => "Delete what is not needed, or split the namespace.",
        "behind" => "The server has not caught up yet: repeat in a moment.",
        _ => status switch
        {
            HttpStatusCode.Unauthorized => "Give a token: --token-file, HELIOGRAPH_TOKEN, or the context that 'helio dev' writes.",
            HttpStatusCode.Forbidden => "Ask an admin for a role on it: 'helio roles grant'.",
            HttpStatusCode.NotFound => "Check the name ('helio ns list'); what you may not read is not there for you.",
            HttpStatusCode.BadRequest => "Correct what is named above. If nothing looks wrong, compare 'helio --version' with 'helio status'.",
            HttpStatusCode.RequestEntityTooLarge => "Split the change, or store the document as one value: 'helio apply --as-value'.",
            HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests => "Nothing was written; repeat in a moment.",
            _ => null,
        },
    };
}
