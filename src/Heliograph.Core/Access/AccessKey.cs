// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Core.Access;

/// <summary>A shared key by which requests to one namespace are signed, with its secrets. Never written to a log or a namespace.</summary>
/// <param name="Id">Names the key; not secret.</param>
/// <param name="Namespace">The one namespace that it opens.</param>
/// <param name="MayWrite">Whether it may change settings. Such a key's secrets never leave the origin.</param>
/// <param name="Secrets">One or two, so that one can be replaced while the other is in use; 32 bytes each.</param>
public sealed record AccessKey(string Id, NamespaceName Namespace, bool MayWrite, IReadOnlyList<ReadOnlyMemory<byte>> Secrets)
{
    /// <summary>The author of what the key changes.</summary>
    public string Actor { get; } = $"access-key:{Id}";

    /// <summary>The id alone: secrets must not reach a log.</summary>
    public override string ToString() => Id;
}

/// <summary>The access keys that a tier can check by itself, without asking anyone.</summary>
public interface IAccessKeySource
{
    /// <summary>The key of that id, or <see langword="null"/> if it is unknown here. Thread-safe; asked at every request.</summary>
    AccessKey? Find(ReadOnlySpan<char> id);

    /// <summary>Gets ready for a key that <see cref="Find"/> did not give, if that is a matter of a moment: a bounded wait.</summary>
    /// <returns>Whether to ask again.</returns>
    ValueTask<bool> PrepareAsync(string id, CancellationToken cancellationToken) => new(false);
}
