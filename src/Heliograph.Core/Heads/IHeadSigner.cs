// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Core.Heads;

/// <summary>Signs heads with one key of the trust root. Each origin has its own.</summary>
public interface IHeadSigner
{
    /// <summary>The key's id in the trust root.</summary>
    string KeyId { get; }

    /// <summary>ECDSA P-256 with SHA-256 over <paramref name="data"/>: 64 bytes, IEEE P1363.</summary>
    byte[] Sign(ReadOnlySpan<byte> data);
}
