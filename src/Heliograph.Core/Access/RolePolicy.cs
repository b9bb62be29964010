// SPDX-License-Identifier: Apache-2.0
using Heliograph.Core.Merkle;
using Heliograph.Core.State;

namespace Heliograph.Core.Access;

/// <summary>The bindings of a realm, evaluated: deny by default, the highest role that any binding gives; none at all if one shuts the subject out.</summary>
/// <remarks>Immutable and thread-safe. Every tier holds the same bindings (they are settings of <c>heliograph.realm</c>), so every tier decides alike.</remarks>
public sealed class RolePolicy(IReadOnlyList<RoleBinding> bindings)
{
    /// <summary>Nobody may do anything.</summary>
    public static RolePolicy None { get; } = new([]);

    /// <summary>Reads the bindings from the records of <c>heliograph.realm</c>. What does not parse gives nothing.</summary>
    public static RolePolicy From(MerkleMap realmRecords)
    {
        var bindings = new List<RoleBinding>();
        foreach (var (key, value) in realmRecords)
        {
            if (SettingRecord.TryParse(key.Span, value.Span, out var setting)
                && setting.Key.Label is null && setting.Key.Key.StartsWith(RoleBinding.KeyPrefix, StringComparison.Ordinal)
                && RoleBinding.TryParse(setting.Value, out var binding, out _))
                bindings.Add(binding);
        }
        return new(bindings);
    }

    /// <summary>The bindings that speak of a subject: evaluate many names with it.</summary>
    public SubjectRoles For(string subject) => For([subject]);

    /// <summary>The bindings that speak of a caller who is several subjects at once: one of their own, and one for each group that they are in.</summary>
    public SubjectRoles For(IReadOnlyList<string> subjects)
    {
        RoleBinding[] about = [.. bindings.Where(binding => subjects.Any(binding.IsAbout))];
        return new(Array.Exists(about, binding => binding.Role == Role.None) ? [] : about);
    }
}

/// <summary>What one subject may do. Immutable and thread-safe.</summary>
public sealed class SubjectRoles(IReadOnlyList<RoleBinding> bindings)
{
    /// <summary>The subject's role in a namespace.</summary>
    public Role On(NamespaceName name)
    {
        var highest = Role.None;
        foreach (var binding in bindings)
            if (binding.On(name) is var role && role > highest) highest = role;
        return highest;
    }

    /// <summary>Whether the subject may consent to changes of a namespace that others ask for.</summary>
    public bool MayApprove(NamespaceName name) => bindings.Any(binding => binding.MayApprove && binding.On(name) >= Role.Reader);

    /// <summary>The highest role that the subject has anywhere.</summary>
    public Role Highest => bindings.Count == 0 ? Role.None : bindings.Max(binding => binding.Role);
}
