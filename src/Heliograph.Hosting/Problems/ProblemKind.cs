// SPDX-License-Identifier: Apache-2.0
using System.Text.Json.Nodes;

namespace Heliograph.Hosting.Problems;

/// <summary>A kind of error of the HTTP API: one per next step of the caller. All of them are in <see cref="ProblemKinds"/>.</summary>
public sealed class ProblemKind
{
    internal ProblemKind(string code, int status, string title) => (Code, Status, Title) = (code, status, title);

    /// <summary>Its name, which never changes: <c>revision_conflict</c>.</summary>
    public string Code { get; }

    /// <summary>The status of the answer.</summary>
    public int Status { get; }

    /// <summary>What it means, the same for every occurrence.</summary>
    public string Title { get; }

    /// <summary>The problem's type: a reference that is resolved against the server and explained in docs/reference/errors.md.</summary>
    public string Type => $"/errors/{Code}";

    /// <summary>An occurrence, as an answer.</summary>
    /// <param name="detail">What happened here and what to do, for people. Never a secret, a value, a path or a stack.</param>
    /// <param name="extensions">Further members for programs.</param>
    /// <param name="retryAfter">When it is worth asking again.</param>
    public Problem With(string? detail = null, JsonObject? extensions = null, TimeSpan? retryAfter = null) => new(this, detail, extensions, retryAfter);

    /// <inheritdoc/>
    public override string ToString() => Code;
}
