// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Access;
using Heliograph.Hosting.Problems;
using Heliograph.Origin.Enrolment;

namespace Heliograph.Origin.Access;

/// <summary>The authenticated author of a request, and what the realm's roles let them do.</summary>
internal sealed class Caller(string subject, SubjectRoles roles, SubjectRoles? scope = null)
{
    /// <summary>Who: the <c>actor</c> of every entry they cause.</summary>
    public string Subject { get; } = subject;

    /// <summary>The enrolment token that the caller has shown, which is good for one thing; <see langword="null"/>: another proof.</summary>
    public (string Id, EnrolmentRecord Record)? Enrolment { get; init; }

    /// <summary>The highest role anywhere.</summary>
    public Role Highest => scope is null || roles.Highest < scope.Highest ? roles.Highest : scope.Highest;

    /// <summary>The role in a namespace. Credentials are nobody's to see.</summary>
    public Role On(NamespaceName name) => name == NamespaceName.Credentials ? Role.None : RoleOn(name);

    /// <summary>Whether the caller may know that a namespace exists.</summary>
    public bool MayRead(NamespaceName name) => On(name) >= Role.Reader;

    /// <summary>Whether the caller may make and end tokens: an admin of <c>heliograph.credentials</c>.</summary>
    public bool MayManageTokens => RoleOn(NamespaceName.Credentials) >= Role.Admin;

    /// <summary>The same caller, under the roles as they stand now.</summary>
    public Caller Under(RolePolicy policy) => new(Subject, policy.For(Subject), scope);

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
