// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Access;
using Heliograph.Core.Sequencing;
using Heliograph.Hosting.Problems;
using Heliograph.Origin.Access;
using Microsoft.AspNetCore.Http;

namespace Heliograph.Origin.Http;

/// <summary>The way of the on-call past a freeze: a header with the reason, for operators of the namespace, told in the history for ever.</summary>
internal static class FreezeOverride
{
    /// <summary>The header; its value is the reason.</summary>
    public const string Header = "Heliograph-Override-Freeze";

    /// <summary>The submission, as it overrides a freeze where the request asks for that; or what to answer where the caller may not.</summary>
    public static (Submission Submission, Problem? Problem) Of(HttpContext context, Submission submission)
    {
        var values = context.Request.Headers[Header];
        if (values.Count == 0) return (submission, null);
        if (values is not [{ } reason] || reason.Trim().Length == 0 || reason.Length > Freeze.ReasonCharsMax || reason.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            return (submission, Faults.Of([new(Header, $"The reason to override a freeze has 1 to {Freeze.ReasonCharsMax} printable ASCII characters, and stands once.")]));
        if (context.GetCaller().Refusal(submission.Namespace, Role.Operator) is { } refusal) return (submission, refusal);
        var message = $"[freeze overridden: {reason.Trim()}] {submission.Message}".TrimEnd();
        return (submission is Submission.Change change
            ? change with { Changeset = change.Changeset with { Message = message }, Message = message, OverridesFreeze = true }
            : submission with { Message = message, OverridesFreeze = true }, null);
    }
}
