// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;

namespace Heliograph.Core.Access;

/// <summary>Who has which role where: a setting <c>roles/&lt;name&gt;</c> of <c>heliograph.realm</c>, value <c>{"subject":"ci-payments","role":"author","namespaces":"payments.*"}</c>.</summary>
/// <param name="Subject">A token's subject or a SPIFFE id; with a trailing <c>*</c>, every subject that begins so.</param>
/// <param name="Role">Which role. <see cref="Role.None"/> shuts the subject out of everything, whatever other bindings give; its namespaces are <c>*</c>.</param>
/// <param name="Namespaces">A name, a prefix ending in <c>.*</c>, or <c>*</c> for all that are not reserved.</param>
public sealed record RoleBinding(string Subject, Role Role, string Namespaces)
{
    /// <summary>Whether it lets its subject consent to changes that others ask for: the role <c>approver</c>, which reads besides and changes nothing.</summary>
    public bool MayApprove { get; init; }

    /// <summary>What the keys of bindings begin with.</summary>
    public const string KeyPrefix = "roles/";

    /// <summary>Longest subject, in characters.</summary>
    public const int SubjectCharsMax = Limits.ActorCharsMax;

    /// <summary>Whether the binding speaks of <paramref name="subject"/>.</summary>
    public bool IsAbout(string subject) => Subject.EndsWith('*') ? subject.StartsWith(Subject.AsSpan()[..^1], StringComparison.Ordinal) : subject == Subject;

    /// <summary>The role that it gives in a namespace. <c>*</c> leaves reserved names out, except <c>heliograph.realm</c> for reading.</summary>
    public Role On(NamespaceName name)
    {
        if (Namespaces == "*") return !name.IsReserved ? Role : name == NamespaceName.Realm ? Role.Reader : Role.None;
        var isCovered = Namespaces.EndsWith(".*", StringComparison.Ordinal)
            ? name.Value.StartsWith(Namespaces.AsSpan()[..^1], StringComparison.Ordinal)
            : name.Value == Namespaces;
        return isCovered ? Role : Role.None;
    }

    /// <summary>Reads a binding's JSON strictly: exactly the three properties, each once. The error never quotes the value.</summary>
    public static bool TryParse(string json, [NotNullWhen(true)] out RoleBinding? binding, [NotNullWhen(false)] out string? error)
    {
        binding = null;
        string? subject = null, roleName = null, namespaces = null;
        try
        {
            var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json));
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return No("A role binding is a JSON object.", out error);
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var name = reader.GetString();
                if (!reader.Read() || reader.TokenType != JsonTokenType.String) return No("Every property of a role binding is text.", out error);
                ref var place = ref subject;
                if (name == "role") place = ref roleName;
                else if (name == "namespaces") place = ref namespaces;
                else if (name != "subject") return No("A role binding has the properties subject, role and namespaces, and no other.", out error);
                if (place is not null) return No("A property of a role binding stands twice.", out error);
                place = reader.GetString();
            }
            if (reader.Read()) return No("There is something behind the role binding.", out error);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException) // the latter: text that is not UTF-8 inside
        {
            return No("A role binding is a JSON object; this is no JSON.", out error);
        }
        return TryCreate(subject, roleName, namespaces, out binding, out error);
    }

    private static bool TryCreate(string? subject, string? roleName, string? namespaces, [NotNullWhen(true)] out RoleBinding? binding, [NotNullWhen(false)] out string? error)
    {
        binding = null;
        if (string.IsNullOrEmpty(subject)) return No("A role binding needs a subject.", out error);
        if (TextRules.Fault("subject", subject, SubjectCharsMax) is { } fault) return No(fault, out error);
        if (subject.IndexOf('*', StringComparison.Ordinal) is var star && star >= 0 && star != subject.Length - 1) return No("A subject may hold '*' only as its last character.", out error);
        var role = roleName switch { "reader" or "approver" => Role.Reader, "author" => Role.Author, "operator" => Role.Operator, "admin" => Role.Admin, _ => Role.None };
        if (role == Role.None && roleName != "none") return No("A role is reader, author, operator, admin or approver; or none, to shut a subject out.", out error);
        if (role == Role.None && namespaces != "*") return No("The role none shuts a subject out of everything; its namespaces are '*'.", out error);
        var prefix = namespaces is not null && namespaces.EndsWith(".*", StringComparison.Ordinal) ? namespaces[..^2] : namespaces;
        if (namespaces != "*" && !NamespaceName.TryParse(prefix, out _, out _)) return No("namespaces is a name, a prefix ending in '.*', or '*'.", out error);
        (binding, error) = (new(subject, role, namespaces!) { MayApprove = roleName == "approver" }, null);
        return true;
    }

    private static bool No(string reason, out string error)
    {
        error = reason;
        return false;
    }
}
