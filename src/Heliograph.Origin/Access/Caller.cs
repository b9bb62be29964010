// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Access;
using Heliograph.Hosting.Problems;
using Heliograph.Origin.Enrolment;

namespace Heliograph.Origin.Access;

/// <summary>What proved a caller, for the audit log.</summary>
/// <param name="By">Which kind: <c>token</c>, <c>oidc</c>, <c>certificate</c>, <c>local</c>.</param>
/// <param name="Credential">Which one: the token's id, the issuer, the certificate's SHA-256, the user's id. Never a secret.</param>
internal sealed record Proof(string By, string? Credential);

/// <summary>The authenticated author of a request, and what the realm's roles let them do.</summary>
internal sealed class Caller(IReadOnlyList<string> subjects, SubjectRoles roles, SubjectRoles? scope = null)
{
    public Caller(string subject, SubjectRoles roles, SubjectRoles? scope = null) : this([subject], roles, scope) { }

    /// <summary>Who: the <c>actor</c> of every entry they cause.</summary>
    public string Subject => Subjects[0];

    /// <summary>Everything that roles may be bound to: who they are, and the groups that an issuer says they are in.</summary>
    public IReadOnlyList<string> Subjects { get; } = subjects;

    /// <summary>What proved them.</summary>
    public Proof? Proof { get; init; }

    /// <summary>When the proof ends, if it may before the request does; <see langword="null"/>: it does not.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>The enrolment token that the caller has shown, which is good for one thing; <see langword="null"/>: another proof.</summary>
    public (string Id, EnrolmentRecord Record)? Enrolment { get; init; }

    /// <summary>The highest role anywhere.</summary>
    public Role Highest => scope is null || roles.Highest < scope.Highest ? roles.Highest : scope.Highest;

    /// <summary>The role in a namespace. Credentials and change requests are nobody's to see.</summary>
    public Role On(NamespaceName name) => name.IsPrivate ? Role.None : RoleOn(name);

    /// <summary>Whether the caller may know that a namespace exists.</summary>
    public bool MayRead(NamespaceName name) => On(name) >= Role.Reader;

    /// <summary>Whether the caller may consent to what others ask to change. A token that is bound to a lesser role than its subject's may not.</summary>
    public bool MayApprove(NamespaceName name) => !name.IsPrivate && roles.MayApprove(name) && (scope is null || scope.On(name) >= Role.Admin);

    /// <summary>Whether the caller may make and end tokens: an admin of <c>heliograph.credentials</c>.</summary>
    public bool MayManageTokens => RoleOn(NamespaceName.Credentials) >= Role.Admin;

    /// <summary>The same caller, under the roles as they stand now; nobody any more once the proof has ended.</summary>
    public Caller Under(RolePolicy policy, DateTimeOffset now) => new(Subjects, now >= ExpiresAt ? new([]) : policy.For(Subjects), scope) { Proof = Proof, ExpiresAt = ExpiresAt };

    /// <summary>The namespace that was last refused to the caller in this request, for the audit log.</summary>
    public NamespaceName? Refused { get; private set; }

    /// <summary>What to answer if the caller has not the role; <see langword="null"/> if they have. What one may not read does not exist.</summary>
    public Problem? Refusal(NamespaceName name, Role needed)
    {
        if (On(name) is var role && role >= needed) return null;
        Refused = name;
        return role < Role.Reader ? ProblemKinds.NotFound.With("There is no such namespace, or it may not be read.")
            : ProblemKinds.NotAuthorized.With($"'{Subject}' is {Text(role)} of '{name}'; this needs {Text(needed)}.");
    }

    /// <summary>What to answer if the caller may not consent to changes; <see langword="null"/> if they may.</summary>
    public Problem? ApprovalRefusal(NamespaceName name)
    {
        if (Refusal(name, Role.Reader) is { } hidden) return hidden;
        if (MayApprove(name)) return null;
        Refused = name;
        return ProblemKinds.NotAuthorized.With($"'{Subject}' is no approver of '{name}'.");
    }

    private Role RoleOn(NamespaceName name) =>
        roles.On(name) is var mine && scope?.On(name) is { } allowed && allowed < mine ? allowed : mine;

    private static string Text(Role role) => role switch
    {
        Role.Reader => "reader",
        Role.Author => "author",
        Role.Operator => "operator",
        _ => "admin",
    };
}
