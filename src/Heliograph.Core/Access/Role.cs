// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Core.Access;

/// <summary>What a caller may do in a namespace. Each role may do what those before it may.</summary>
public enum Role
{
    /// <summary>Nothing: the namespace does not exist for the caller.</summary>
    None = 0,

    /// <summary>Read, subscribe, see history and who runs what.</summary>
    Reader = 1,

    /// <summary>Change settings, roll back, create namespaces.</summary>
    Author = 2,

    /// <summary>Archive namespaces and take them out of the archive.</summary>
    Operator = 3,

    /// <summary>Delete namespaces; in <c>heliograph.</c> namespaces: roles and tokens.</summary>
    Admin = 4,
}
