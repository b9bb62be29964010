// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Heliograph.Simulation.Kernel;

/// <summary>Random numbers from a seed and a purpose (xoshiro256**): the same in every process, on every machine and runtime.</summary>
/// <remarks><see cref="Random"/> with a seed promises no sequence over versions of the runtime; a failing seed must outlive an upgrade.</remarks>
public sealed class SeededRandom : Random
{
    private readonly ulong[] _state = new ulong[4];

    /// <summary>A stream of numbers of its own for every (seed, purpose).</summary>
    public SeededRandom(ulong seed, string purpose)
    {
        var digest = SHA256.HashData([.. BitConverter.GetBytes(BitConverter.IsLittleEndian ? seed : BinaryPrimitives.ReverseEndianness(seed)), .. Encoding.UTF8.GetBytes(purpose)]);
        for (var i = 0; i < 4; i++) _state[i] = BinaryPrimitives.ReadUInt64LittleEndian(digest.AsSpan(8 * i));
    }

    /// <inheritdoc/>
    public override int Next() => (int)(Draw() >> 33);

    /// <inheritdoc/>
    public override int Next(int maxValue) => maxValue <= 0 ? 0 : (int)(((Draw() >> 32) * (ulong)maxValue) >> 32);

    /// <inheritdoc/>
    public override int Next(int minValue, int maxValue) => minValue + Next(maxValue - minValue);

    /// <inheritdoc/>
    public override long NextInt64(long maxValue) => maxValue <= 0 ? 0 : (long)(Math.BigMul(Draw(), (ulong)maxValue, out _));

    /// <inheritdoc/>
    public override long NextInt64(long minValue, long maxValue) => minValue + NextInt64(maxValue - minValue);

    /// <inheritdoc/>
    public override long NextInt64() => (long)(Draw() >> 1);

    /// <inheritdoc/>
    public override double NextDouble() => (Draw() >> 11) * (1.0 / (1UL << 53));

    /// <inheritdoc/>
    public override void NextBytes(byte[] buffer) => NextBytes(buffer.AsSpan());

    /// <inheritdoc/>
    public override void NextBytes(Span<byte> buffer)
    {
        foreach (ref var b in buffer) b = (byte)Draw();
    }

    /// <inheritdoc/>
    protected override double Sample() => NextDouble();

    private ulong Draw()
    {
        var result = ulong.RotateLeft(_state[1] * 5, 7) * 9;
        var t = _state[1] << 17;
        _state[2] ^= _state[0];
        _state[3] ^= _state[1];
        _state[1] ^= _state[2];
        _state[0] ^= _state[3];
        _state[2] ^= t;
        _state[3] = ulong.RotateLeft(_state[3], 45);
        return result;
    }
}

/// <summary>Draws that a model makes all the time.</summary>
public static class Draws
{
    /// <summary>True with the given probability.</summary>
    public static bool Chance(this Random random, double probability) => random.NextDouble() < probability;

    /// <summary>A time between two others, evenly.</summary>
    public static TimeSpan Between(this Random random, TimeSpan least, TimeSpan most) => least + TimeSpan.FromTicks(random.NextInt64((most - least).Ticks + 1));

    /// <summary>One of a list.</summary>
    public static T Pick<T>(this Random random, IReadOnlyList<T> list) => list[random.Next(list.Count)];

    /// <summary>A time that is mostly near <paramref name="typical"/> and now and then very long (Pareto), at most <paramref name="longest"/>.</summary>
    public static TimeSpan HeavyTail(this Random random, TimeSpan typical, TimeSpan longest)
    {
        var stretched = typical / Math.Sqrt(1 - random.NextDouble()); // exponent 2: one in 10,000 is a hundred times as long
        return stretched < longest ? stretched : longest;
    }
}
