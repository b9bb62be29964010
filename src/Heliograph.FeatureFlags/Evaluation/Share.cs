// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Heliograph.FeatureFlags.Evaluation;

/// <summary>Which part of a hundred a text falls into: the same for the same text, everywhere. As Microsoft.FeatureManagement computes it.</summary>
internal static class Share
{
    /// <summary>0 to 100: the first four bytes of SHA-256, little-endian, as a part of all there are.</summary>
    public static double Of(string text)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(text), hash);
        return BinaryPrimitives.ReadUInt32LittleEndian(hash) / (double)uint.MaxValue * 100;
    }

    /// <summary>Whether a text falls between two parts; the upper one is outside, unless it is all.</summary>
    public static bool Holds(string text, double from, double to) => Of(text) is var share && share >= from && (share < to || to >= 100);
}
